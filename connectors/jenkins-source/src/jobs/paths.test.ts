import { describe, expect, it } from 'vitest';
import { childPath } from './paths.ts';

describe('the path of an item', () => {
  it.each([
    ['a job', '', 'api', 'http://ci/job/api/', 2, '/job/api'],
    [
      'a job behind a path',
      '/job/team',
      'api',
      'https://ci/jenkins/job/team/job/api/',
      2,
      '/job/team/job/api',
    ],
    [
      'a branch',
      '/job/mb',
      'feature%2Fx',
      'http://ci/job/mb/job/feature%252Fx/',
      2,
      '/job/mb/job/feature%252Fx',
    ],
    ['a name with spaces', '', 'a & b', 'http://ci/job/a%20&%20b/', 2, '/job/a%20&%20b'],
    ['a configuration', '/job/m', 'os=linux', 'http://ci/job/m/os=linux/', 1, '/job/m/os=linux'],
    ['a child of another kind', '/job/f', 'x', 'http://ci/job/f/item/x/', 2, '/job/f/item/x'],
    ['a job without an address', '/job/team', 'ä/b#c', undefined, 2, '/job/team/job/%C3%A4%2Fb%23c'],
    ['a module without an address', '/job/mvn', 'com.acme$app', undefined, 1, '/job/mvn/com.acme%24app'],
    ['an address that is none', '', 'api', 'null/job/api/', 2, '/job/api'],
  ] as const)('%s', (_, parent, name, url, segments, path) => {
    expect(childPath(parent, name, url, segments)).toBe(path);
  });
});
