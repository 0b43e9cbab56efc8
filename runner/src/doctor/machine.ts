import { spawn } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The oldest Node that runs headrace: `engines` of package.json. */
const OLDEST = { major: 22, minor: 20 };
const GB = 1e9;
/** With less, a sync of some size may fill the disk; with the second, hardly anything can be written. */
const LITTLE = 5 * GB;
const NOTHING = 0.2 * GB;
/** Where `headrace serve` listens. */
const PORT = 7733;

export function nodeFinding(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
  if (isNew) return ok('Node', `Node ${version}`);
  const wanted = `${OLDEST.major}.${OLDEST.minor}`;
  return problem('Node', `Node ${version} is too old`, `install Node ${wanted} or newer; 24 is best`);
}

/** File systems by their magic number, from linux/magic.h. */
const KINDS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'XFS',
  2435016766: 'Btrfs',
  801189825: 'ZFS',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  26985: 'NFS',
  4283649346: 'SMB',
  4266872130: 'SMB',
  20859: 'SMB',
  1702057286: 'FUSE',
  16914839: '9p',
};
const REMOTE = ['NFS', 'SMB', 'FUSE', '9p'];

/** What `statfs` tells of a folder. */
export interface Space {
  /** The magic number. */
  readonly type: number;
  readonly bytesLeft: number;
  readonly filesLeft: number;
  /** 0 where the file system has no such limit. */
  readonly files: number;
}

/** How much room a folder has, and whether its file system keeps what the runner relies on. */
export function diskFindings(folder: string, space: Space = spaceOf(folder)): Finding[] {
  const { type, bytesLeft, filesLeft, files } = space;
  const left = `${(bytesLeft / GB).toFixed(bytesLeft < 10 * GB ? 1 : 0)} GB left in ${folder}`;
  const findings: Finding[] = [];
  if (bytesLeft < NOTHING) findings.push(problem('disk', left, 'make room before the next run'));
  else if (bytesLeft < LITTLE) findings.push(warning('disk', left, 'a big sync may fill the disk'));
  else findings.push(ok('disk', left));
  if (files > 0 && filesLeft < 1000)
    findings.push(
      problem(
        'disk',
        `only ${filesLeft} more files fit into ${folder}`,
        'delete some: it has no inodes left',
      ),
    );
  const kind = process.platform === 'linux' ? KINDS[type] : undefined;
  if (kind !== undefined && REMOTE.includes(kind))
    findings.push(
      warning(
        'file system',
        `${folder} is on ${kind}, where locks may not hold`,
        'run jobs from one machine only, or move it to a local disk',
      ),
    );
  else if (kind === 'tmpfs' || kind === 'overlay')
    findings.push(
      warning(
        'file system',
        `${folder} is on ${kind}, which may vanish with the machine or container`,
        'keep the folder on a disk or a volume',
      ),
    );
  else if (kind !== undefined) findings.push(ok('file system', kind));
  return findings;
}

function spaceOf(folder: string): Space {
  const { type, bavail, bsize, ffree, files } = statfsSync(folder);
  return { type, bytesLeft: bavail * bsize, filesLeft: ffree, files };
}

/** Whether `docker://` connectors can be started. */
export async function dockerFinding(isNeeded: boolean, env: NodeJS.ProcessEnv): Promise<Finding> {
  const answer = await output('docker', ['version', '--format', '{{.Server.Version}}'], env);
  if (answer.code === 0) return ok('docker', `docker ${answer.text}`);
  if (!isNeeded) return ok('docker', 'there is no docker, and no job needs it');
  if (answer.code === undefined)
    return problem(
      'docker',
      'a job needs docker, and there is no docker command',
      'install Docker, or put docker on the PATH',
    );
  return problem(
    'docker',
    `docker does not answer: ${answer.text}`,
    'start the Docker daemon, and let this user talk to it',
  );
}

function output(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | undefined; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    child.once('error', () => resolve({ code: undefined, text }));
    child.once('close', (code) => resolve({ code: code ?? 1, text: text.trim().split('\n').at(-1) ?? '' }));
  });
}

/** Whether `headrace serve` could listen. */
export function portFinding(port = PORT): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used: ${error.message}`;
      const hint = 'if that is not a `headrace serve` of yours, give it another port';
      resolve(warning('port', `127.0.0.1:${port} ${why}`, hint));
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => resolve(ok('port', `127.0.0.1:${port} is free for serve`))),
    );
  });
}
