import catalog from '../../specs/jira-source.catalog.json' with { type: 'json' };
import { readJira } from './jira-read.ts';
import { PROJECTS } from './jira-size.ts';
import type { Section } from './part.ts';
import { startSandbox } from './sandbox.ts';

const COUNTS = [1000, 50_000];
/** Exceptions whose state grows with the number of issues, or of issues within the lookback. */
const APART = ['issue_deletions', 'dev_status'];
const LOOKBACK_DAYS = 14;
/** The final state of a full refresh only says that it is complete, in fewer bytes than this. */
const WHOLE = 100;

/** Size of the states after a first sync, by number of issues. */
export async function jiraStates(): Promise<Section> {
  const sizes: Array<Map<string, number>> = [];
  for (const issues of COUNTS) sizes.push(await statesOf(issues));
  const [few, many] = sizes as [Map<string, number>, Map<string, number>];
  const streams = [...few.keys()].filter((name) => !APART.includes(name));
  const sum = (of: Map<string, number>): number => streams.reduce((all, name) => all + of.get(name)!, 0);
  const bytes = (n: number): string => `${n.toLocaleString('en')} B`;
  const row = (name: string, a: number, b: number): string[] => [name, bytes(a), bytes(b)];
  const incremental = streams.filter((name) => few.get(name)! > WHOLE);
  return {
    title: 'jira-source: size of the state',
    about: `The last STATE messages of a first sync of ${PROJECTS} projects. \`issue_deletions\` keeps the ids of all issues, and \`dev_status\` a hash for each panel of the issues that were updated in ${LOOKBACK_DAYS} days.`,
    head: ['stream', ...COUNTS.map((count) => `${count.toLocaleString('en')} issues`)],
    rows: [
      ...[...incremental, ...APART].map((name) => row(`\`${name}\``, few.get(name)!, many.get(name)!)),
      row('all but the last two', sum(few), sum(many)),
    ],
    verdict: `Aim: it does not grow with the issues. Measured: ${bytes(sum(few))} and ${bytes(sum(many))}.`,
  };
}

async function statesOf(issues: number): Promise<Map<string, number>> {
  const sandbox = await startSandbox({ issues, projects: PROJECTS, seed: 1 });
  try {
    const since = new Date(Date.now() - LOOKBACK_DAYS * 86_400_000).toISOString();
    // Panels of older issues are not in the state, and each would cost a request.
    const panels = await readJira(sandbox, { streams: ['dev_status'], config: { start_date: since } });
    const others = catalog.streams.map(({ name }) => name).filter((name) => !panels.states.has(name));
    const rest = await readJira(sandbox, { streams: others });
    return new Map(
      [...rest.states, ...panels.states].map(([name, { stream }]) => [
        name,
        Buffer.byteLength(JSON.stringify(stream.stream_state)),
      ]),
    );
  } finally {
    sandbox.stop();
  }
}
