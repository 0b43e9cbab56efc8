import { describe, expect, it } from 'vitest';
import { mountOf, parseMounts, rootOf } from './place.ts';

const MOUNTS = `22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/a
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 /vol /data rw,relatime shared:1 - ext4 /dev/sda1 rw
25 22 0:44 / /mnt/with\\040space rw - nfs4 host:/x rw`;

describe('what a folder lies on', () => {
  const mounts = parseMounts(MOUNTS);

  it('is the longest mount that holds it', () => {
    expect(mountOf('/data/jira', mounts)).toEqual({ point: '/data', type: 'ext4' });
    expect(mountOf('/database', mounts)).toEqual({ point: '/', type: 'overlay' });
    expect(mountOf('/mnt/with space/a', mounts)).toEqual({ point: '/mnt/with space', type: 'nfs4' });
  });
});

describe('the folder', () => {
  it('is ./bronze, in the image /data', () => {
    expect(rootOf({ path: undefined }, {})).toMatch(/\/bronze$/);
    expect(rootOf({ path: undefined }, { AIRBYTE_ENTRYPOINT: '/x' })).toBe('/data');
    expect(rootOf({ path: '/a/../b' }, { AIRBYTE_ENTRYPOINT: '/x' })).toBe('/b');
  });
});
