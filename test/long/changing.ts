import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { landedLines, vendorBytes } from '../landed.ts';
import { shell } from '../processes.ts';
import { judge, type Result } from './result.ts';
import { truthOf } from './truth.ts';

const ISSUES = 2000;
const SYNCS = 10;
const EVERY_MS = 50;
const LAG_MS = 20_000;
/** Slow enough that much changes while a sync reads. */
const LATENCY_MS = 100;
const STREAMS = ['issues', 'issue_changelogs', 'comments', 'worklogs'] as const;
const PIPE = `jsonl-destination state --config d.json | jira-source read --config c.json --streams ${STREAMS.join()} --state - | jsonl-destination write --config d.json`;

/**
 * Twenty changes a second over ten syncs, half of which the index shows 20 s late; then one quiet sync. After it
 * the last version of everything has landed.
 */
export async function changing(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'changing-'));
  const jira = await startJira({ issues: ISSUES, seed: 51, indexLagMs: LAG_MS, indexLagShare: 0.5 });
  jira.control.latency({ ms: LATENCY_MS });
  prepare(jira, folder);
  let changes = 0;
  const timer = setInterval(() => change(jira, changes++), EVERY_MS);
  const sync = async (): Promise<void> => {
    const { code, stderr } = await shell(PIPE, folder);
    if (code !== 0) throw new Error(`the pipe ended with ${code}: ${stderr}`);
  };
  try {
    for (let k = 0; k < SYNCS; k++) await sync();
    clearInterval(timer);
    // Past the lag of the index, and the minute that Jira holds worklogs back.
    jira.control.advanceClock({ ms: 120_000 });
    await sync();
    jira.control.latency({ ms: 0 });
    const truth = await truthOf(jira);
    for (const stream of STREAMS) {
      const landed = versionsOf(folder, stream);
      const wrong = [...truth[stream]].filter(([id, version]) => landed.last.get(id) !== version).length;
      const foreign = [...landed.last.keys()].filter((id) => !truth[stream].has(id)).length;
      judge(
        result,
        wrong + foreign === 0,
        `${stream}, ${changes} changes over ${SYNCS} syncs and one quiet one: of ${truth[stream].size} ${wrong} whose last version has not landed, ` +
          `${foreign} that are not there; ${landed.lines} lines, ${landed.lines - landed.versions} that came twice`,
      );
    }
  } finally {
    clearInterval(timer);
    await jira.close();
    rmSync(folder, { recursive: true });
  }
  return result;
}

/** Edits and comments mostly; new issues, worklogs and their edits between. */
function change({ control, ids, worklogs }: JiraSandbox, n: number): void {
  if (n % 20 === 7) control.create({ count: 1 });
  else if (n % 20 === 13) control.addWorklogs({ issues: [ids()[(n * 31) % ISSUES]!.id] });
  else if (n % 20 === 17) control.editWorklogs({ worklogs: [worklogs().at(-1 - (n % 50))!.id] });
  else control.touch({ count: 1 });
}

function prepare(jira: JiraSandbox, folder: string): void {
  const credentials = { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  const source = { base_url: jira.url, credentials, safety_window_minutes: 1 };
  writeFileSync(join(folder, 'c.json'), JSON.stringify(source));
  writeFileSync(
    join(folder, 'd.json'),
    JSON.stringify({ path: './bronze', allow_ephemeral: true, source: 'jira', envelope: 'none' }),
  );
}

/** What landed of a stream, the last version by id. */
function versionsOf(folder: string, stream: (typeof STREAMS)[number]) {
  const lines = landedLines(join(folder, 'bronze'), stream);
  const last = new Map<string, string>();
  const versions = new Set<string>();
  for (const line of lines) {
    const { id, updated = '' } = JSON.parse(line.toString()) as { id: string; updated?: string };
    const version = stream === 'issues' ? vendorBytes(line).toString() : String(updated);
    last.set(id, version);
    versions.add(`${id} ${version}`);
  }
  return { lines: lines.length, last, versions: versions.size };
}
