import { Command, Option } from 'commander';
import { faultsOf, instant, option, type ServiceFlags, serveUntilStopped, share, whole } from '../cli.ts';
import { DEPLOYMENTS, type JiraOptions } from './options.ts';
import { type JiraSandbox, startJira } from './sandbox.ts';

interface JiraFlags
  extends ServiceFlags,
    Omit<JiraOptions, keyof ServiceFlags | 'host' | 'clock' | 'issueBytes' | 'until' | 'awkward'> {
  minIssueBytes?: number;
  maxIssueBytes?: number;
  until?: number;
  plain?: boolean;
}

const AFTER_HELP = `
While it runs:
  POST /_sandbox/control   {"do": "touch", "count": 5}, {"do": "fail", "route": "search/jql", "kind": "500", "times": 3},
                           {"do": "indexLag", "ms": 20000}, {"do": "advanceClock", "ms": 60000}, and more: an
                           unknown "do" returns the list
  GET  /_sandbox/stats     requests, statuses, bytes and faults so far
  GET  /_sandbox/ids       all issues: id, updated (ms), project
  GET  /_sandbox/issue/ID  the bytes that search sends for an issue

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 could not start.`;

/** `headrace-sandbox jira` */
export function jiraCommand(): Command {
  return new Command('jira')
    .description('start a Jira on this machine')
    .addOption(option.port(4010))
    .addOption(
      new Option('--deployment <kind>', 'Jira Cloud, or Data Center with personal access tokens')
        .choices(DEPLOYMENTS)
        .default('cloud'),
    )
    .option('--issues <n>', 'number of issues', whole(0), 200)
    .option('--projects <n>', 'number of projects', whole(1), 6)
    .option('--users <n>', 'number of accounts', whole(1), 40)
    .option('--user-window <n>', 'Data Center: maximum number of matches in a user search', whole(1))
    .option('--no-user-list', 'Data Center: an older release, without /user/list')
    .option('--closed-sprints <n>', 'additional closed sprints of the first board', whole(0), 2)
    .option('--audit-records <n>', 'number of audit records', whole(0), 120)
    .addOption(option.seed())
    .option('--email <address>', 'account that can log in')
    .option('--api-token <token>', 'its API token')
    .option('--time-zone <zone>', 'time zone of the account (default: Asia/Shanghai)')
    .option('--until <date>', 'end of the generated history (default: last midnight UTC)', instant)
    .addOption(option.latency())
    .option('--index-lag-ms <ms>', 'how long search lags behind changes', whole(0))
    .option('--index-lag-share <share>', 'share of changes that are late in search, 0 to 1', share)
    .option('--burst-per-second <n>', 'requests per second and route before a 429', whole(1))
    .addOption(option.faults())
    .addOption(option.faultKinds())
    .addOption(option.faultRoute('search/jql'))
    .option('--min-issue-bytes <n>', 'minimum size of an issue', whole(0))
    .option('--max-issue-bytes <n>', 'maximum size of an issue', whole(0))
    .option('--no-development-field', 'no Development field in issues, even in those with a panel')
    .option('--plain', 'no numbers or escapes that re-serialising would change')
    .addOption(option.pretty())
    .addOption(option.gzip())
    .option('--recorded [folder]', 'serve recorded answers of a real Jira instead of generated ones')
    .addHelpText('after', AFTER_HELP)
    .action(run);
}

async function run(flags: JiraFlags): Promise<void> {
  const { faults: _, faultKinds, faultRoute, minIssueBytes, maxIssueBytes, plain, ...rest } = flags;
  const min = minIssueBytes ?? Math.min(2000, maxIssueBytes ?? 2000);
  const jira = await startJira({
    ...rest,
    awkward: !plain,
    faults: faultsOf(flags),
    issueBytes:
      minIssueBytes === undefined && maxIssueBytes === undefined
        ? undefined
        : { min, max: Math.max(min, maxIssueBytes ?? 50_000) },
  });
  serveUntilStopped(jira, flags.deployment === 'data-center' ? dataCenter(jira) : cloud(jira));
}

function cloud({ url, email, apiToken, scopedToken, cloudId, oauth }: JiraSandbox): string {
  const { clientId, clientSecret, refreshToken } = oauth;
  return (
    `Jira is at ${url} (email ${email}, API token ${apiToken}), its gateway at ${url}/ex/jira/${cloudId} ` +
    `(token with scopes ${scopedToken}; OAuth client ${clientId}, ${clientSecret}, refresh token ${refreshToken}); ` +
    `try: curl -u '${email}:${apiToken}' ${url}/rest/api/3/myself`
  );
}

function dataCenter({ url, personalAccessToken }: JiraSandbox): string {
  return (
    `Jira Data Center is at ${url} (personal access token ${personalAccessToken}); ` +
    `try: curl -H 'Authorization: Bearer ${personalAccessToken}' ${url}/rest/api/2/myself`
  );
}
