import { readFile } from 'node:fs/promises';
import type { DestinationEnv } from '@headrace/sdk';
import { codeOf, isThere } from '../disk/durable.ts';
import type { Mount } from './place.ts';

/** Files that Docker and Podman create in a container. */
const MARKS = ['/.dockerenv', '/run/.containerenv'];
/** Set by Airbyte's images and ours, Kubernetes, Amazon ECS, and by Podman and systemd. */
const VARIABLES = [
  'AIRBYTE_ENTRYPOINT',
  'KUBERNETES_SERVICE_HOST',
  'ECS_CONTAINER_METADATA_URI_V4',
  'container',
];
/** Where container engines keep layers and control groups. */
const ENGINES = /docker|containerd|\/containers\/|kubepods|libpod|crio|lxc/;
const LAYERS = /^(overlay|overlayfs|fuse-overlayfs|fuse\.fuse-overlayfs|aufs)$/;

/** Whether this process runs in a container. @param root the mount at `/` */
export async function isInContainer(
  processEnv: DestinationEnv['processEnv'],
  root: Mount | undefined,
): Promise<boolean> {
  if (VARIABLES.some((name) => processEnv[name])) return true;
  for (const mark of MARKS) if (await isThere(mark)) return true;
  if (root && LAYERS.test(root.type) && ENGINES.test(root.options)) return true;
  return ENGINES.test(await controlGroups());
}

/**
 * What happens to a folder on this mount when the container ends: it `vanishes`, it `may` vanish (another kind of root:
 * a CI job, or a machine that looks like a container), or it `stays` (a volume).
 */
export function fateOf(
  { point, type }: Mount,
  processEnv: DestinationEnv['processEnv'],
): 'vanishes' | 'may' | 'stays' {
  if (type === 'tmpfs') return 'vanishes';
  if (point !== '/') return 'stays';
  // In our own image, the root is never a place for data, whatever engine runs it.
  return LAYERS.test(type) || processEnv.AIRBYTE_ENTRYPOINT ? 'vanishes' : 'may';
}

async function controlGroups(): Promise<string> {
  try {
    return await readFile('/proc/1/cgroup', 'utf8');
  } catch (error) {
    // Not Linux, or hidden from us: nothing is known.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return '';
    throw error;
  }
}
