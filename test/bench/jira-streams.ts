import { requestsOf } from './jira-read.ts';
import { FOR_NOBODY, sharesOf } from './jira-routes.ts';
import { ISSUES, PROJECTS, perThousand, readTwice, whole } from './jira-size.ts';
import type { Section } from './part.ts';
import { startSandbox } from './sandbox.ts';

/** All streams of jira-source together: the cost of each in a first read and in a read without changes. */
export async function jiraStreams(): Promise<Section> {
  const sandbox = await startSandbox({ issues: ISSUES, projects: PROJECTS, seed: 1 });
  try {
    const { first, again } = await readTwice(sandbox);
    const census = await readTwice(sandbox, ['issue_deletions']);
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
    const withoutPanels = requestsOf(again) - later.get('dev_status')!;
    return {
      title: 'jira-source: every stream',
      about:
        `All streams of the same ${whole(ISSUES)} issues, at once. The search of \`issues\` serves \`issue_changelogs\`, \`comments\`, \`attachments\` and \`dev_status\` too; the list of \`projects\` serves the streams that go by project, that of \`boards\` sprints and what is on boards, and one request of \`fields\` \`dev_status\`. ` +
        'Development panels have no bulk call: one request an issue that has any, and one a panel; those of the last 14 days are asked for again each time. ' +
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
        `Peak RSS ${Math.round(first.rss)} MB, wall time ${Math.round(first.seconds)} s, most of it for panels, at the 100 requests a second that Jira allows each endpoint; ` +
        `when nothing changed ${Math.round(again.rss)} MB, ${Math.round(again.seconds)} s, and ${(withoutPanels / PROJECTS).toFixed(1)} requests per project without the panels.`,
    };
  } finally {
    sandbox.stop();
  }
}
