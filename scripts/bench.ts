/**
 * `npm run bench [-- PART…]` measures, prints tables, and writes docs/benchmarks.md: all of it, or only the sections
 * of the given parts. A PART can be a prefix: `jira` runs all parts that start with it. Each part is a file in
 * test/bench that exports a function (see test/bench/part.ts). Add new ones to PARTS.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { jiraRequests } from '../test/bench/jira-requests.ts';
import { jiraStates } from '../test/bench/jira-states.ts';
import { jiraStreams } from '../test/bench/jira-streams.ts';
import { jiraTime } from '../test/bench/jira-time.ts';
import { limits } from '../test/bench/limits.ts';
import { memory } from '../test/bench/memory.ts';
import { overHttp } from '../test/bench/over-http.ts';
import type { Part, Section } from '../test/bench/part.ts';
import { reading } from '../test/bench/reading.ts';
import { startUp } from '../test/bench/start-up.ts';
import { storing, storingMemory } from '../test/bench/storing.ts';
import { writing } from '../test/bench/writing.ts';

const PARTS: Record<string, Part> = {
  writing,
  memory,
  reading,
  storing,
  storingMemory,
  overHttp,
  startUp,
  limits,
  jiraRequests,
  jiraStreams,
  jiraTime,
  jiraStates,
};

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; do not edit. Every ratio is taken within one round, in which the ways that are
compared run one after the other, and is the median of several rounds: machines differ and are busy, ratios
mostly stay. MB/s are medians too, and belong to the machine below.
`;

function asMarkdown({ title, about, head, rows, verdict }: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)];
  return `## ${title}\n\n${about}\n\n${table.join('\n')}\n\n${verdict}\n`;
}

function asTable({ title, head, rows, verdict }: Section): string {
  const all = [head.map((cell) => cell.replaceAll('\\', '')), ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(widths[i]!)).join('   ');
  return `\n${title}\n${all.map((cells) => `  ${line(cells)}`).join('\n')}\n${verdict}\n`;
}

const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.some((begin) => name.startsWith(begin));
const unknown = wanted.find((begin) => !Object.keys(PARTS).some((name) => name.startsWith(begin)));
if (unknown) throw new Error(`there is no part ${unknown}. Choose from ${Object.keys(PARTS).join(', ')}`);

const sections: Section[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !isWanted(name)) continue;
  process.stdout.write(`measuring: ${name} …\n`);
  const section = await part();
  sections.push(section);
  process.stdout.write(asTable(section));
}

const PAGE = new URL('../docs/benchmarks.md', import.meta.url);
const written = sections.map(asMarkdown);
if (wanted.length === 0) {
  const cpu = `${availableParallelism()} × ${cpus()[0]?.model ?? 'an unknown processor'}`;
  const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpu}.\n`;
  writeFileSync(PAGE, [INTRODUCTION, machine, ...written].join('\n'));
} else writeFileSync(PAGE, withSections(readFileSync(PAGE, 'utf8'), written));
process.stdout.write('\ndocs/benchmarks.md\n');

/** Replaces sections of the page that have the same title. New sections are appended. */
function withSections(page: string, sections: readonly string[]): string {
  const [head = '', ...old] = page.split(/\n(?=## )/);
  const titleOf = (section: string): string => section.slice(0, section.indexOf('\n'));
  const found = new Map([...old, ...sections].map((section) => [titleOf(section), section]));
  return [head, ...found.values()].join('\n');
}
