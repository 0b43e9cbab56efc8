import { type JiraRead, requestsOf } from './jira-read.ts';
import { FOUR, ISSUES, PROJECTS, perThousand, readTwice, whole } from './jira-size.ts';
import type { Section } from './part.ts';
import { type SandboxProcess, startSandbox } from './sandbox.ts';

const MOST_EMBEDDED = 20;

/** Requests for issues and their parts, in a first read and in a read without changes. */
export async function jiraRequests(): Promise<Section> {
  const sandbox = await startSandbox({ issues: ISSUES, projects: PROJECTS, seed: 1 });
  try {
    const talked = await talkedMuch(sandbox);
    const { first, again } = await readTwice(sandbox, FOUR);
    const histories = first.records.get('issue_changelogs')! / ISSUES;
    /** The minimum: one request for each issue with cut comments, and one for every 100 issues. */
    const least = talked + ISSUES / 100;
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
        `Those requests and pages of 100 issues, the most that Jira gives, are ${perThousand(least)} per 1,000 issues already. The certified source-jira needed 3,130 per 1,000 issues.`,
      head: ['', 'requests', 'per 1,000 issues', 'per project', 'records'],
      rows: [row('from the start', first), row('nothing changed', again)],
      verdict: `Aim: at most 60 per 1,000 issues, and 3 per project when nothing changed. Measured: ${perThousand(requestsOf(first))} and ${(requestsOf(again) / PROJECTS).toFixed(1)}.`,
    };
  } finally {
    sandbox.stop();
  }
}

/** Number of issues with more comments than Jira embeds, according to Jira's own answers. */
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
