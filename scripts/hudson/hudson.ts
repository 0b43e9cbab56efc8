import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A real server that answers with Stapler: Hudson 1.398, as Jenkins was called, with the Stapler of 2020. */
export interface Hudson {
  /** Without a trailing slash. */
  url: string;
  /** Asks for a path below the root, as it is. */
  ask(path: string): Promise<{ status: number; body: string }>;
  /** Makes a freestyle job; returns the status. @param description as XML text */
  createJob(name: string, description?: string): Promise<number>;
  /** Runs a job once and waits for its end. The parameter BRANCH decides: `broken` fails. */
  build(job: string, branch?: string): Promise<void>;
  /** Writes finished builds to the disk, a quarter of an hour apart, and reloads. The job must have none. */
  writeBuilds(job: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one. Returns a sentence if it cannot be had here. */
export async function startHudson(): Promise<Hudson | string> {
  const missing = ['java', 'javac', 'jar', 'mvn', 'perl'].filter((tool) => !isThere(tool));
  if (missing.length > 0 && !install())
    return `Hudson needs Java 17 and Maven; missing here: ${missing.join(', ')}`;
  const folder = join(tmpdir(), 'headrace-hudson-1.398');
  const port = await freePort();
  const home = mkdtempSync(join(tmpdir(), 'headrace-hudson-home-'));
  const script = fileURLToPath(new URL('hudson.sh', import.meta.url));
  const child = spawn('bash', [script, folder, String(port), home], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
  const hudson = hudsonAt(`http://127.0.0.1:${port}`, child, home);
  return (await hudson.ready(900_000)) ? hudson : `Hudson did not start: ${said.slice(-300)}`;
}

const JOB = (description: string): string =>
  `<project><description>${description}</description><properties><hudson.model.ParametersDefinitionProperty>` +
  '<parameterDefinitions><hudson.model.StringParameterDefinition><name>BRANCH</name><description/>' +
  '<defaultValue>main</defaultValue></hudson.model.StringParameterDefinition></parameterDefinitions>' +
  '</hudson.model.ParametersDefinitionProperty></properties><scm class="hudson.scm.NullSCM"/><canRoam>true</canRoam>' +
  '<disabled>false</disabled><triggers class="vector"/><builders><hudson.tasks.Shell>' +
  '<command>test "$BRANCH" != broken</command></hudson.tasks.Shell></builders><publishers/><buildWrappers/></project>';

const BUILD = (number: number): string =>
  '<?xml version="1.0" encoding="UTF-8"?><build><actions><hudson.model.CauseAction><causes>' +
  '<hudson.model.Cause_-UserCause><authenticationName>anonymous</authenticationName></hudson.model.Cause_-UserCause>' +
  `</causes></hudson.model.CauseAction></actions><number>${number}</number><result>SUCCESS</result>` +
  `<duration>${1000 + (number % 977)}</duration><charset>UTF-8</charset><keepLog>false</keepLog><builtOn></builtOn>` +
  '<hudsonVersion>1.398</hudsonVersion><scm class="hudson.scm.NullChangeLogParser"/><culprits/></build>';

function hudsonAt(
  url: string,
  child: ChildProcess,
  home: string,
): Hudson & { ready(ms: number): Promise<boolean> } {
  const ask = async (path: string) => {
    const answer = await fetch(`${url}/${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  const post = async (path: string, body = '') =>
    (
      await fetch(`${url}/${path}`, {
        method: 'POST',
        body,
        redirect: 'manual',
        headers: { 'content-type': 'application/xml' },
      })
    ).status;
  const ready = async (ms: number): Promise<boolean> => {
    // It answers 503 or 500 while it loads.
    for (
      const until = performance.now() + ms;
      performance.now() < until && child.exitCode === null;
      await wait(200)
    )
      if (
        await ask('api/json').then(
          ({ status }) => status === 200,
          () => false,
        )
      )
        return true;
    child.kill('SIGKILL');
    return false;
  };
  const idle = async (job: string, number: number): Promise<boolean> => {
    const { status, body } = await ask(`job/${encodeURIComponent(job)}/${number}/api/json?tree=building`);
    return status === 200 && (JSON.parse(body) as { building: boolean }).building === false;
  };
  return {
    url,
    ask,
    ready,
    createJob: (name, description = '') =>
      post(`createItem?name=${encodeURIComponent(name)}`, JOB(description)),
    build: async (job, branch = 'main') => {
      const path = `job/${encodeURIComponent(job)}`;
      const { nextBuildNumber } = JSON.parse((await ask(`${path}/api/json?tree=nextBuildNumber`)).body) as {
        nextBuildNumber: number;
      };
      await post(`${path}/buildWithParameters?BRANCH=${branch}&delay=0sec`);
      while (!(await idle(job, nextBuildNumber))) await wait(100);
    },
    writeBuilds: async (job, count) => {
      const folder = join(home, 'jobs', job);
      for (let number = 1; number <= count; number++) {
        const at = new Date(Date.UTC(2022, 0, 1) + number * 900_000).toISOString();
        const id = at.slice(0, 19).replace('T', '_').replaceAll(':', '-');
        mkdirSync(join(folder, 'builds', id), { recursive: true });
        writeFileSync(join(folder, 'builds', id, 'build.xml'), BUILD(number));
        symlinkSync(id, join(folder, 'builds', String(number)));
      }
      writeFileSync(join(folder, 'nextBuildNumber'), `${count + 1}\n`);
      await post('reload');
      if (!(await ready(120_000))) throw new Error('Hudson did not come back after a reload');
    },
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function isThere(tool: string): boolean {
  return (
    spawnSync(tool, [tool === 'java' || tool === 'javac' || tool === 'perl' ? '-version' : '--version'])
      .status === 0
  );
}

/** Installs Java and Maven where that is possible without asking. */
function install(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !isThere('apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) => spawnSync('apt-get', args, { env }).status === 0;
  return run('update') && run('install', '-y', '--no-install-recommends', 'openjdk-17-jdk-headless', 'maven');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
