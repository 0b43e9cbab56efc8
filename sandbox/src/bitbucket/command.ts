import { Command } from 'commander';
import { faultsOf, instant, option, type ServiceFlags, serveUntilStopped, whole } from '../cli.ts';
import type { FaultKind } from '../http/faults.ts';
import { type BitbucketFault, OWN_FAULTS } from './limits.ts';
import type { BitbucketOptions } from './options.ts';
import { startBitbucket } from './sandbox.ts';

type Flags = ServiceFlags<FaultKind | BitbucketFault> &
  Omit<BitbucketOptions, keyof ServiceFlags | 'host' | 'clock' | 'awkward'> & { plain?: boolean };

const AFTER_HELP = `
While it runs:
  POST /_sandbox/control         {"do": "push", "repository": "billing-api-0"}, {"do": "budget", "perHour": 1000}, and
                                 more: an unknown "do" returns the list
  GET  /_sandbox/stats           requests, statuses, bytes and faults so far
  GET  /_sandbox/truth/STREAM    the records that a complete sync of a stream must have, a line each

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 could not start.`;

/** `headrace-sandbox bitbucket` */
export function bitbucketCommand(): Command {
  return new Command('bitbucket')
    .description('start a Bitbucket Cloud on this machine')
    .addOption(option.port(4011))
    .option('--workspaces <n>', 'number of workspaces', whole(1), 1)
    .option('--repositories <n>', 'number of repositories', whole(0), 12)
    .option('--empty-repositories <n>', 'how many of them are empty', whole(0), 1)
    .option('--members <n>', 'number of accounts', whole(1), 20)
    .option('--commits <n>', 'number of commits, over all repositories', whole(0), 600)
    .option('--pull-requests <n>', 'number of pull requests', whole(0), 120)
    .option('--pipelines <n>', 'number of pipelines', whole(0), 60)
    .addOption(option.seed())
    .option('--email <address>', 'account that can log in')
    .option('--api-token <token>', 'its API token')
    .option('--until <date>', 'end of the generated history (default: last midnight UTC)', instant)
    .option('--requests-per-hour <n>', 'requests that a caller has in an hour', whole(1))
    .option('--sort-fails-above <n>', 'pull requests above which sort with states is a 500', whole(0), 400)
    .addOption(option.latency())
    .addOption(option.faults())
    .addOption(option.faultKinds(OWN_FAULTS))
    .addOption(option.faultRoute('pullrequests'))
    .option('--plain', 'no escapes that re-serialising would change')
    .addOption(option.pretty())
    .addOption(option.gzip())
    .option('--recorded [folder]', 'serve recorded answers of a real Bitbucket instead of generated ones')
    .addHelpText('after', AFTER_HELP)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { faults: _, faultKinds, faultRoute, plain, ...rest } = flags;
  const bitbucket = await startBitbucket({ ...rest, awkward: !plain, faults: faultsOf(flags) });
  const { url, email, apiToken, workspaceToken, repositoryToken, oauth } = bitbucket;
  serveUntilStopped(
    bitbucket,
    `Bitbucket is at ${url} (email ${email}, API token ${apiToken}; access token of the workspace ${workspaceToken}, ` +
      `of the first repository ${repositoryToken}; OAuth consumer ${oauth.clientId}, ${oauth.clientSecret}); ` +
      `try: curl -u '${email}:${apiToken}' ${url}/2.0/user/workspaces`,
  );
}
