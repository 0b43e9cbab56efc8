import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  DEPLOYMENTS,
  FAULT_KINDS,
  type FaultKind,
  type JiraOptions,
  type JiraSandbox,
  startJira,
} from './index.ts';

interface JiraFlags extends Omit<JiraOptions, 'faults' | 'clock' | 'issueBytes' | 'until' | 'awkward'> {
  faults?: number;
  faultKinds: FaultKind[];
  faultRoute?: string;
  minIssueBytes?: number;
  maxIssueBytes?: number;
  until?: number;
  plain?: boolean;
}

/** A commander parser for whole numbers not below `least`. */
function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    return value;
  };
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

function instant(text: string): number {
  const value = Date.parse(text);
  if (Number.isNaN(value))
    throw new InvalidArgumentError('It must be an ISO date such as 2026-11-01T00:00:00Z.');
  return value;
}

function kinds(text: string): FaultKind[] {
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((known) => known === name.trim());
    if (!kind)
      throw new InvalidArgumentError(`There is no fault '${name}'. Choose from ${FAULT_KINDS.join(', ')}.`);
    return kind;
  });
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

// This path works from the sources and from the bundle.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('headrace-sandbox')
  .description(
    'A small Jira for testing connectors: deterministic data, the real API’s behaviour, faults on demand.',
  )
  .version(version);

program
  .command('jira')
  .description('start a Jira on this machine')
  .option('--port <n>', 'port to listen on; 0 picks a free one', whole(0), 4010)
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
  .option('--seed <n>', 'determines all data and faults', whole(0), 1)
  .option('--email <address>', 'account that can log in')
  .option('--api-token <token>', 'its API token')
  .option('--time-zone <zone>', 'time zone of the account (default: Asia/Shanghai)')
  .option('--until <date>', 'end of the generated history (default: last midnight UTC)', instant)
  .option('--latency-ms <ms>', 'delay before each answer', whole(0))
  .option('--index-lag-ms <ms>', 'how long search lags behind changes', whole(0))
  .option('--index-lag-share <share>', 'share of changes that are late in search, 0 to 1', share)
  .option('--burst-per-second <n>', 'requests per second and route before a 429', whole(1))
  .option('--faults <share>', 'share of requests that fail, 0 to 1', share)
  .addOption(
    new Option('--fault-kinds <list>', `any of ${FAULT_KINDS.join(', ')}`)
      .argParser(kinds)
      .default(['500', '503', '429', 'reset', 'cut-length'], '500,503,429,reset,cut-length'),
  )
  .option('--fault-route <route>', 'only requests to this route fail, such as search/jql')
  .option('--min-issue-bytes <n>', 'minimum size of an issue', whole(0))
  .option('--max-issue-bytes <n>', 'maximum size of an issue', whole(0))
  .option('--no-development-field', 'no Development field in issues, even in those with a panel')
  .option('--plain', 'no numbers or escapes that re-serialising would change')
  .addOption(new Option('--pretty [line-end]', 'pretty-print answers').choices(['lf', 'crlf']).preset('lf'))
  .option('--gzip', 'use gzip if the client accepts it')
  .option('--recorded [folder]', 'serve recorded answers of a real Jira instead of generated ones')
  .addHelpText('after', AFTER_HELP)
  .action(async (flags: JiraFlags) => {
    await run(flags);
  });

async function run(flags: JiraFlags): Promise<void> {
  const { faults, faultKinds, faultRoute, minIssueBytes, maxIssueBytes, plain, ...rest } = flags;
  const min = minIssueBytes ?? Math.min(2000, maxIssueBytes ?? 2000);
  const jira = await startJira({
    ...rest,
    awkward: !plain,
    faults: faults === undefined ? undefined : { rate: faults, kinds: faultKinds, route: faultRoute },
    issueBytes:
      minIssueBytes === undefined && maxIssueBytes === undefined
        ? undefined
        : { min, max: Math.max(min, maxIssueBytes ?? 50_000) },
  });
  process.stdout.write(
    `${flags.deployment === 'data-center' ? dataCenter(jira) : cloud(jira)} — ` +
      `statistics: ${jira.url}/_sandbox/stats — press Ctrl-C to stop\n`,
  );
  const stop = () => {
    jira.close().then(
      () => process.exit(0),
      (error: Error) => fail(error),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
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

function fail(error: NodeJS.ErrnoException): void {
  const sentence =
    error.code === 'EADDRINUSE'
      ? 'The port is in use. Choose another one with --port, or let --port 0 pick a free one.'
      : error.message;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

program.parseAsync().catch(fail);
