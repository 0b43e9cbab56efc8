import { describe, expect, it } from 'vitest';
import { refuseNoPath } from './folder-path.ts';

const refusal = (path: string, platform: NodeJS.Platform = 'linux'): unknown => {
  try {
    refuseNoPath(path, platform);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a path', () => {
  it.each([
    ['s3://acme-lake/bronze', 'only folders are supported'],
    ['gs://acme-lake/bronze', 'only folders are supported'],
    ['abfss://a@b.dfs.core.windows.net/c', 'only folders are supported'],
    ['S3:/acme-lake', 'only folders are supported'],
    ['deploy@host:/srv/bronze', 'only folders are supported'],
    ['file:///data/bronze', 'without file://'],
    ['FILE:/data/bronze', 'without file://'],
    ['~/bronze', 'write the absolute path'],
    ['~', 'write the absolute path'],
    ['~anna/bronze', 'write the absolute path'],
    ['$HOME/bronze', 'is not expanded here'],
    ['./bronze/${tenant}', 'is not expanded here'],
    ['C:\\data\\bronze', 'a path of this system'],
    [' ./bronze', 'white space'],
    ['./bronze\n', 'white space'],
    ['./bro\0nze', 'NUL'],
  ])('%j is none', (path, said) => {
    const error = refusal(path) as { code: string; place: string; message: string; hint: string };
    expect(error).toMatchObject({ code: 'destination.no_path', place: 'config.path' });
    expect(`${error.message}; ${error.hint}`).toContain(said);
  });

  it.each(['./bronze', '/data', 'a b/c', './~', './s3:/acme', 'bronze~', '/data/a$b', 'a:b', './%Y/{date}'])(
    '%j is one',
    (path) => {
      expect(refusal(path)).toBe(undefined);
    },
  );

  it('of Windows is one there', () => {
    expect(refusal('C:\\data', 'win32')).toBe(undefined);
    expect(refusal('s3://x', 'win32')).toBeDefined();
  });
});
