import { type JiraRead, readJira, requestsOf } from './jira-read.ts';
import { FOR_NOBODY, sharesOf } from './jira-routes.ts';
import { jiraStates } from './jira-states.ts';
import { jiraTime } from './jira-time.ts';
import type { Section } from './part.ts';
import { type SandboxProcess, startSandbox } from './sandbox.ts';

const ISSUES = 20_000;
const PROJECTS = 6;
/** What the certified source-jira was measured with. */
const FOUR = ['issues', 'comments', 'worklogs', 'issue_changelogs'];
const MOST_EMBEDDED = 20;

/** jira-source against a sandbox in a process of its own: requests, time behind a limit, size of the state. */
export async function jira(): Promise<Section[]> {
  const sandbox = await startSandbox({ issues: ISSUES, projects: PROJECTS, seed: 1 });
  try {
    const talked = await talkedMuch(sandbox);
    const four = await readTwice(sandbox, FOUR);
    const all = await readTwice(sandbox);
    const census = await readTwice(sandbox, ['issue_deletions']);
    return [
      fourStreams(four, talked),
      allStreams(all, census),
      await jiraTime(ISSUES, PROJECTS, FOUR),
      await jiraStates(PROJECTS),
    ];
  } finally {
    sandbox.stop();
  }
}

interface Twice {
  readonly first: JiraRead;
  /** From the states of the first one; nothing changed in between. */
  readonly again: JiraRead;
}

async function readTwice(sandbox: SandboxProcess, streams?: readonly string[]): Promise<Twice> {
  const first = await readJira(sandbox, { streams });
  return { first, again: await readJira(sandbox, { streams, states: first.states }) };
}

/** How many issues have more comments than stand in them, by Jira's own answers. */
async function talkedMuch(sandbox: SandboxProcess): Promise<number> {
  let talked = 0;
  for (let nextPageToken: string | undefined; ; ) {
    const page: SearchPage = await sandbox.ask('/rest/api/3/search/jql', {
      jql: 'updated >= 0',
      fields: ['comment'],
      maxResults: 100,
      nextPageToken,
    });
    talked += page.issues.filter(({ fields }) => fields.comment.total > MOST_EMBEDDED).length;
    if (page.nextPageToken === undefined) return talked;
    nextPageToken = page.nextPageToken;
  }
}

interface SearchPage {
  readonly issues: ReadonlyArray<{ readonly fields: { readonly comment: { readonly total: number } } }>;
  readonly nextPageToken?: string;
}

const perThousand = (requests: number): string => (requests / (ISSUES / 1000)).toFixed(1);
const whole = (n: number): string => n.toLocaleString('en');

function fourStreams({ first, again }: Twice, talked: number): Section {
  const histories = first.records.get('issue_changelogs')! / ISSUES;
  const cost = requestsOf(first) / (ISSUES / 1000);
  const quiet = requestsOf(again) / PROJECTS;
  /** One request for each issue that is cut, one for each 100 issues: nothing else asked. */
  const least = (talked + ISSUES / 100) / (ISSUES / 1000);
  const row = (name: string, read: JiraRead): string[] => [
    name,
    whole(requestsOf(read)),
    perThousand(requestsOf(read)),
    (requestsOf(read) / PROJECTS).toFixed(1),
    whole([...read.records.values()].reduce((sum, count) => sum + count, 0)),
  ];
  return {
    title: 'jira-source: requests for issues and what belongs to them',
    about:
      `\`${FOUR.join('`, `')}\` of ${whole(ISSUES)} issues in ${PROJECTS} projects, read from the start, and again from the states of that when nothing had changed. ` +
      `${whole(talked)} of the issues have more than ${MOST_EMBEDDED} comments (${((100 * talked) / ISSUES).toFixed(1)} %), which Jira gives in a request each; histories have ${histories.toFixed(1)} entries in the mean. ` +
      `Those requests and pages of 100 issues, the most that Jira gives, are ${least.toFixed(1)} per 1,000 issues already. The certified source-jira needed 3,130 (measured earlier, on 1,000 issues).`,
    head: ['', 'requests', 'per 1,000 issues', 'per project', 'records'],
    rows: [row('from the start', first), row('nothing changed', again)],
    verdict: `Aim: at most 60 per 1,000 issues, and 3 per project when nothing changed. Measured: ${cost.toFixed(1)} and ${quiet.toFixed(1)}.`,
  };
}

function allStreams({ first, again }: Twice, census: Twice): Section {
  const shares = sharesOf(first, census.first);
  const later = sharesOf(again, census.again);
  const rows = [...shares].map(([name, requests]) => [
    name === FOR_NOBODY ? name : `\`${name}\``,
    name === FOR_NOBODY ? '' : whole(first.records.get(name) ?? 0),
    whole(requests),
    perThousand(requests),
    whole(later.get(name) ?? 0),
  ]);
  const total = requestsOf(first);
  return {
    title: 'jira-source: every stream',
    about:
      `All streams of the same ${whole(ISSUES)} issues, at once. The search of \`issues\` serves \`issue_changelogs\`, \`comments\`, \`attachments\` and \`dev_status\` too; the list of \`projects\` serves the streams that go by project, that of \`boards\` sprints and what is on boards, and one request of \`fields\` \`dev_status\`. ` +
      'Development panels have no bulk call: one request an issue that has any, and one a panel; when nothing changed, those of the last 14 days are asked again. ' +
      'The last column is a read from the states of the first one, when nothing had changed.',
    head: ['stream', 'records', 'requests', 'per 1,000 issues', 'nothing changed'],
    rows: [
      ...rows,
      [
        'in total',
        whole([...first.records.values()].reduce((sum, count) => sum + count, 0)),
        whole(total),
        perThousand(total),
        whole(requestsOf(again)),
      ],
    ],
    verdict:
      `Peak RSS ${Math.round(first.rss)} MB, wall time ${Math.round(first.seconds)} s, of which the panels' ${whole(shares.get('dev_status')!)} requests take most at the 100 a second that Jira allows each endpoint; ` +
      `when nothing changed ${Math.round(again.rss)} MB, ${Math.round(again.seconds)} s, ${((requestsOf(again) - later.get('dev_status')!) / PROJECTS).toFixed(1)} requests per project without the panels.`,
  };
}
