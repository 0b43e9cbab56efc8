import { Command, Option } from 'commander';
import { faultsOf, instant, option, type ServiceFlags, serveUntilStopped, whole } from '../cli.ts';
import { JENKINS_FAULT_KINDS, type JenkinsFaultKind } from './faults.ts';
import { type JenkinsOptions, LANGUAGES } from './options.ts';
import { startJenkins } from './sandbox.ts';

interface JenkinsFlags
  extends ServiceFlags<JenkinsFaultKind>,
    Omit<JenkinsOptions, keyof ServiceFlags | 'host' | 'clock' | 'awkward'> {
  plain?: boolean;
}

const AFTER_HELP = `
While it runs:
  POST /_sandbox/control   {"do": "start", "count": 5}, {"do": "finish", "count": 3},
                           {"do": "fail", "route": "api/json", "kind": "oops"}, {"do": "rotate", "job": "docs", "keep": 5},
                           and more: an unknown "do" returns the list
  GET  /_sandbox/stats     requests, statuses, bytes and faults so far
  GET  /_sandbox/jobs      all jobs and folders
  GET  /_sandbox/builds    all builds: job, number, timestamp, result
  GET  /_sandbox/costs     what each answer cost the controller

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 could not start.`;

/** `headrace-sandbox jenkins` */
export function jenkinsCommand(): Command {
  return new Command('jenkins')
    .description('start a Jenkins on this machine')
    .addOption(option.port(4030))
    .option('--jobs <n>', 'number of jobs', whole(0), 20)
    .option('--builds <n>', 'number of builds', whole(0), 400)
    .option('--levels <n>', 'depth of the deepest job', whole(1), 4)
    .option('--running <n>', 'builds under way', whole(0), 3)
    .option('--stuck <n>', 'how many of these never end', whole(0))
    .option('--nodes <n>', 'agents', whole(0), 3)
    .option('--queued <n>', 'items in the queue', whole(0), 4)
    .addOption(option.seed())
    .option('--path-prefix <path>', 'where Jenkins lives below the host, such as /jenkins')
    .option('--root-url <url>', 'the address that Jenkins believes to have')
    .option('--user <name>', 'account that can log in')
    .option('--api-token <token>', 'its API token')
    .option('--anonymous-read', 'anybody may read')
    .addOption(
      new Option('--language <code>', 'the controller’s own language').choices(LANGUAGES).default('de'),
    )
    .option('--until <date>', 'end of the generated history (default: last midnight UTC)', instant)
    .option('--longest-url <bytes>', 'longest URL before a 414', whole(100))
    .option('--strict-ranges', 'a range past the end of a list fails, as before Jenkins 2.550')
    .option('--no-null-last-build', 'jobs that were never built lack lastBuild')
    .option('--test-cases <n>', 'cases in the largest test report', whole(0))
    .addOption(option.latency())
    .addOption(option.faults())
    .addOption(option.faultKinds(JENKINS_FAULT_KINDS))
    .addOption(option.faultRoute('api/json'))
    .option('--plain', 'no names and texts that trip a careless client')
    .addOption(option.gzip())
    .addHelpText('after', AFTER_HELP)
    .action(run);
}

async function run(
  { plain, faults: _, faultKinds: _kinds, faultRoute: _route, ...flags }: JenkinsFlags,
  command: Command,
): Promise<void> {
  const jenkins = await startJenkins({ ...flags, awkward: !plain, faults: faultsOf(command.opts()) });
  const { root, user, apiToken } = jenkins;
  serveUntilStopped(
    jenkins,
    `Jenkins is at ${root} (user ${user}, API token ${apiToken}); ` +
      `try: curl -g -u '${user}:${apiToken}' '${root}/api/json?tree=jobs%5Bname,url%5D'`,
  );
}
