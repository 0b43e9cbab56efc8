import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../engine/clock.ts';
import { parsePythonPackage, pythonProgram } from './python-package.ts';

/**
 * A Python that makes an environment with itself in it, and a pip that installs or fails as the file `pip` beside it says.
 * Every call is written to `calls`.
 */
const PYTHON = `#!/bin/sh
HERE=$FAKE
echo "$*" >> "$HERE/calls"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$HERE/python3" "$3/bin/python";;
  *"pip"*"install"*) cat "$HERE/pip" >&2; exit $(cat "$HERE/code");;
  "-c "*) cat "$HERE/scripts";;
  *"freeze"*) echo "a==1";;
esac
`;

function python(scripts: readonly string[], pip = '', code = 0) {
  const at = mkdtempSync(join(tmpdir(), 'headrace-python-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  const put = (name: string, text: string) => writeFileSync(join(at, name), text);
  put('python3', PYTHON.replace('$FAKE', at));
  chmodSync(join(at, 'python3'), 0o755);
  put('scripts', JSON.stringify(scripts));
  put('pip', pip);
  put('code', String(code));
  put('calls', '');
  const said: string[] = [];
  const around = {
    root: join(at, 'root'),
    env: { PATH: process.env.PATH, HEADRACE_PYTHON: join(at, 'python3'), SECRET_TOKEN: 'x' },
    clock: systemClock,
    scrub: (text: string) => text.replaceAll('hunter22', '****'),
    onLog: (message: string) => void said.push(message),
    signal: undefined,
  };
  return {
    at,
    put,
    around,
    said,
    calls: () => readFileSync(join(at, 'calls'), 'utf8').trim().split('\n').filter(Boolean),
  };
}

test.each([
  [
    'pip://airbyte-source-faker==7.2.1',
    { name: 'airbyte-source-faker', extras: '', version: '7.2.1', program: undefined },
  ],
  [
    'pip://Tap_X[s3,gcs]==1.0rc1+local#tap-x',
    { name: 'Tap_X', extras: '[s3,gcs]', version: '1.0rc1+local', program: 'tap-x' },
  ],
])('%s', (reference, parsed) => {
  expect(parsePythonPackage(reference)).toEqual(parsed);
});

test.each([
  ['pip://', 'connector.bad_package'],
  ['pip://--index-url=http://x==1', 'connector.bad_package'],
  ['pip://x==1; rm -rf', 'connector.bad_package'],
  ['pip://x>=1', 'connector.bad_package'],
  ['pip://git+https://x==1', 'connector.bad_package'],
  ['pip://faker', 'connector.no_version'],
])('%s is refused', (reference, code) => {
  expect(() => parsePythonPackage(reference)).toThrow(expect.objectContaining({ code }));
});

test('is installed once, by one of several who want it; what a killed installation left is removed', async () => {
  const { at, around, calls, said } = python(['source-faker', 'other']);
  const of = parsePythonPackage('pip://airbyte-source-faker==7.2.1');
  const venv = join(at, 'root/packages/airbyte-source-faker-7.2.1');
  mkdirSync(venv, { recursive: true });
  writeFileSync(join(venv, 'left'), '');
  const found = await Promise.all([pythonProgram(of, around), pythonProgram(of, around)]);
  expect(new Set(found)).toEqual(new Set([join(venv, 'bin/source-faker')]));
  expect(await pythonProgram(of, around)).toBe(join(venv, 'bin/source-faker'));
  expect(calls().filter((call) => call.includes(' install '))).toEqual([
    '-m pip --disable-pip-version-check --no-input install --quiet airbyte-source-faker==7.2.1',
  ]);
  expect(existsSync(join(venv, 'left'))).toBe(false);
  expect(said).toHaveLength(2);
  expect(JSON.parse(readFileSync(join(venv, 'headrace.json'), 'utf8'))).toMatchObject({ packages: ['a==1'] });
});

test('a lock of another process is waited for; a dead one is taken over', async () => {
  const { at, around, said } = python(['x']);
  mkdirSync(join(at, 'root/packages'), { recursive: true });
  writeFileSync(join(at, 'root/packages/x-1.lock'), 'no-such-host~1~1');
  await pythonProgram(parsePythonPackage('pip://x==1'), around);
  expect(said[0]).toContain('installs x 1');
});

test.each([
  [
    'Temporary failure in name resolution\nERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)',
    'connector.index_unreachable',
    'transient_error',
    'needed once',
  ],
  [
    'ERROR: Could not find a version that satisfies the requirement x==1 (from versions: 0.8, 0.9)',
    'connector.no_package',
    'config_error',
    'there are: 0.8, 0.9',
  ],
  [
    'ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)',
    'connector.no_package',
    'config_error',
    'name right',
  ],
  [
    'error: hunter22\nERROR: Failed building wheel for hunter22',
    'connector.not_installable',
    'config_error',
    'HEADRACE_PYTHON',
  ],
])('pip says %j: %s', async (pip, code, failureType, hint) => {
  const { around } = python(['x'], pip, 1);
  const failed = pythonProgram(parsePythonPackage('pip://x==1'), around);
  await expect(failed).rejects.toMatchObject({ code, failureType, hint: expect.stringContaining(hint) });
  await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('hunter22') });
});

test('no Python, and a package without a clear program', async () => {
  const { around } = python(['a', 'b']);
  const of = parsePythonPackage('pip://x==1');
  await expect(
    pythonProgram(of, { ...around, env: { HEADRACE_PYTHON: '/no/python' } }),
  ).rejects.toMatchObject({
    code: 'connector.no_python',
  });
  await expect(pythonProgram(of, around)).rejects.toMatchObject({
    code: 'connector.which_program',
    hint: 'name one: pip://x==1#a, pip://x==1#b',
  });
  expect(await pythonProgram(parsePythonPackage('pip://x==1#b'), around)).toMatch(/bin\/b$/);
});

test('an interrupt ends the installation', async () => {
  const { around } = python(['x']);
  const abort = new AbortController();
  abort.abort('SIGINT');
  await expect(
    pythonProgram(parsePythonPackage('pip://x==1'), { ...around, signal: abort.signal }),
  ).rejects.toMatchObject({
    code: 'run.interrupted',
  });
});
