import { type Sandbox, startSandbox } from '../http/sandbox.ts';
import { controlOf, type JenkinsControl } from './control.ts';
import type { JenkinsOptions } from './options.ts';
import { type BuildFacts, buildFacts, type JobFacts, jobFacts } from './oracle.ts';
import { bytesAt } from './routes/own.ts';
import { type Cost, siteOf } from './site.ts';
import { jenkins } from './vendor.ts';

/** A running Jenkins. */
export interface JenkinsSandbox extends Sandbox<JenkinsControl> {
  /** Where Jenkins lives: the url with the path prefix. */
  root: string;
  /** Login with HTTP Basic: `user:apiToken`. */
  user: string;
  apiToken: string;
  /** All items that the account can see, parents first; the content of `GET /_sandbox/jobs`. */
  jobs(): JobFacts[];
  /** All builds of these, by job and number; the content of `GET /_sandbox/builds`. */
  builds(): BuildFacts[];
  /**
   * The bytes with which Jenkins answers for a path below its root: `bytes('job/a/12/api/json?tree=number')`. Not
   * counted, never a fault. Throws if the answer is no 200.
   */
  bytes(path: string, headers?: Record<string, string>): Promise<Buffer>;
  /** What each answer cost since the start or the last `resetStats`, at most the newest 50,000. */
  costs(): readonly Cost[];
  /** Users that have a record. */
  users(): string[];
}

/** Starts a Jenkins on this machine. Rejects if the port is taken; throws RangeError for invalid options. */
export async function startJenkins(options: JenkinsOptions = {}): Promise<JenkinsSandbox> {
  const site = siteOf(options);
  const sandbox = await startSandbox(jenkins, site, controlOf(site));
  return {
    ...sandbox,
    root: `${sandbox.url}${site.settings.pathPrefix}`,
    user: site.login.user,
    apiToken: site.login.apiToken,
    jobs: () => jobFacts(site),
    builds: () => buildFacts(site),
    bytes: (path, headers = {}) =>
      bytesAt(site, path, { host: `${site.settings.host}:${sandbox.port}`, ...headers }),
    costs: () => site.costs,
    users: () => [...site.users],
  };
}
