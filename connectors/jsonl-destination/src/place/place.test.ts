import { describe, expect, it } from 'vitest';
import { mountOf, parseMounts, rootOf } from './place.ts';
import { fateOf, isInContainer } from './vanishing.ts';

const MOUNTS = `22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/containerd/a,upperdir=/b
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 /vol /data rw,relatime shared:1 - ext4 /dev/sda1 rw
25 22 0:44 / /mnt/with\\040space rw - nfs4 host:/x rw`;

describe('what a folder lies on', () => {
  const mounts = parseMounts(MOUNTS);

  it('is the longest mount that holds it', () => {
    expect(mountOf('/data/jira', mounts)).toEqual({ point: '/data', type: 'ext4', options: 'rw' });
    expect(mountOf('/database', mounts)).toEqual({
      point: '/',
      type: 'overlay',
      options: 'rw,lowerdir=/var/lib/containerd/a,upperdir=/b',
    });
    expect(mountOf('/mnt/with space/a', mounts)).toEqual({
      point: '/mnt/with space',
      type: 'nfs4',
      options: 'rw',
    });
  });
});

describe('in a container', () => {
  const mount = (point: string, type: string) => ({ point, type, options: 'rw' });

  it('what engines and platforms leave there tells that we are', async () => {
    const layers = parseMounts(MOUNTS)[0];
    expect(await isInContainer({}, layers)).toBe(true);
    for (const name of ['KUBERNETES_SERVICE_HOST', 'AIRBYTE_ENTRYPOINT', 'container'])
      expect(await isInContainer({ [name]: 'x' }, undefined)).toBe(true);
  });

  it.each([
    ['/', 'overlay', 'vanishes'],
    ['/', 'fuse-overlayfs', 'vanishes'],
    ['/', 'tmpfs', 'vanishes'],
    ['/data', 'tmpfs', 'vanishes'],
    ['/', 'ext4', 'may'],
    ['/', 'btrfs', 'may'],
    ['/data', 'ext4', 'stays'],
    ['/data', 'overlay', 'stays'],
  ] as const)('a folder on %s of type %s: it %s', (point, type, fate) => {
    expect(fateOf(mount(point, type), {})).toBe(fate);
  });

  it('of our image no root is a place for data, a volume is', () => {
    const image = { AIRBYTE_ENTRYPOINT: '/x' };
    expect(fateOf(mount('/', 'btrfs'), image)).toBe('vanishes');
    expect(fateOf(mount('/data', 'btrfs'), image)).toBe('stays');
  });
});

describe('the folder', () => {
  it('is ./bronze, in the image /data', () => {
    expect(rootOf({ path: undefined }, {})).toMatch(/\/bronze$/);
    expect(rootOf({ path: undefined }, { AIRBYTE_ENTRYPOINT: '/x' })).toBe('/data');
    expect(rootOf({ path: '/a/../b' }, { AIRBYTE_ENTRYPOINT: '/x' })).toBe('/b');
  });
});
