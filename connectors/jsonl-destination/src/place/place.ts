import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError, type DestinationEnv, refuseNoPath } from '@headrace/sdk';
import type { JsonlConfig } from '../config.ts';
import { codeOf } from '../disk/durable.ts';
import { fateOf, isInContainer } from './vanishing.ts';

/** File systems on which kernel locks may not be visible to other machines. */
const REMOTE = /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|fuse\..+|fuse)$/;

export interface Mount {
  readonly point: string;
  readonly type: string;
  /** The file system's options, as the kernel shows them. For an overlay, they contain the folders of its layers. */
  readonly options: string;
}

/**
 * The target folder. In our image, which sets AIRBYTE_ENTRYPOINT, the default is its volume.
 * @throws ConfigError if it is not a path
 */
export function rootOf(config: Pick<JsonlConfig, 'path'>, processEnv: DestinationEnv['processEnv']): string {
  if (config.path !== undefined) refuseNoPath(config.path);
  return resolve(config.path ?? (inImage(processEnv) ? '/data' : './bronze'));
}

/**
 * Checks the file system of the folder.
 * @throws ConfigError if it is the container's own, which is lost with the container
 */
export async function checkPlace(root: string, config: JsonlConfig, env: DestinationEnv): Promise<void> {
  const mounts = await readMounts();
  const mount = mounts && mountOf(await nearestExisting(root), mounts);
  if (!mount) return;
  if (!config.allow_ephemeral && (await isInContainer(env.processEnv, mountOf('/', mounts)))) {
    const fate = fateOf(mount, env.processEnv);
    if (fate === 'vanishes') {
      throw new ConfigError(`${root} is inside the container and vanishes with it`, {
        code: 'destination.ephemeral',
        place: 'config.path',
        hint: `mount a volume there (docker run -v …:${root}), or set allow_ephemeral`,
      });
    }
    if (fate === 'may') {
      env.log.warn(
        `${root} is on the root of a container and may vanish with it: mount a volume there, or set allow_ephemeral`,
      );
    }
  }
  if (REMOTE.test(mount.type)) {
    env.log.warn(
      `${root} is on ${mount.type}: locks may not hold there; let only one machine write at a time`,
    );
  }
}

/** The mount that contains a path: the longest one that is a prefix of it. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const holds = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    // Of two mounts at the same point, the later one is visible.
    if (holds && (!found || mount.point.length >= found.point.length)) found = mount;
  }
  return found;
}

/** Lines of /proc/self/mountinfo: the fifth field is the mount point, and the type follows the separate dash. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const point = fields[4];
    const [type, , options = ''] = fields.slice(fields.indexOf('-') + 1);
    if (point === undefined || type === undefined) continue;
    mounts.push({
      point: point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
      type,
      options,
    });
  }
  return mounts;
}

/** A folder's nearest parent that exists, with links resolved. */
export async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return await realpath(at);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || dirname(at) === at) throw error;
    }
  }
}

function inImage(processEnv: DestinationEnv['processEnv']): boolean {
  return Boolean(processEnv.AIRBYTE_ENTRYPOINT);
}

async function readMounts(): Promise<Mount[] | undefined> {
  try {
    return parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    // Not Linux: nothing is known.
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
