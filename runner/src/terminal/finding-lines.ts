import { printable } from '@headrace/sdk/protocol';
import type { Finding } from '../doctor/finding.ts';
import { paint } from './line.ts';
import type { Output } from './output.ts';

const MARKS = { ok: paint('green', '✓'), warning: paint('yellow', '!'), problem: paint('red', '✗') } as const;

/** Findings for people: what is well in one line each, anything else with what to do; at the end how many. */
export function showFindings(findings: readonly Finding[], output: Output): void {
  const width = Math.max(...findings.map(({ topic }) => topic.length));
  for (const { level, topic, message, hint } of findings) {
    output.say([MARKS[level], ` ${printable(topic).padEnd(width)}  ${printable(message)}`]);
    if (hint) output.say(`  ${' '.repeat(width)}  → ${printable(hint)}`);
  }
  const many = (level: Finding['level'], word: string) => {
    const count = findings.filter((one) => one.level === level).length;
    return count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`];
  };
  const found = [...many('problem', 'problem'), ...many('warning', 'warning')];
  output.say(found.length === 0 ? paint('green', 'all is well') : found.join(', '));
}
