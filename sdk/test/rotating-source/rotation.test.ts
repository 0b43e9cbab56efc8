import { spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'headrace-rotation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every refresh token is good once; access tokens live for ever. Tokens hold a dollar on purpose. */
let server: Server;
let url: string;
let used: string[];
let current: string;
/** Called before the access token of a rotation is used for the first time. */
let beforeUse: () => void;

beforeEach(async () => {
  used = [];
  current = 'refresh-$-0';
  beforeUse = () => {};
  let isUsed = true;
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      const say = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      if (request.url === '/token') {
        const token = new URLSearchParams(text).get('refresh_token')!;
        used.push(token);
        if (token !== current) return say(400, { error: 'invalid_grant' });
        current = `refresh-$-${used.length}`;
        isUsed = false;
        return say(200, { access_token: `access-${used.length}`, expires_in: 3600, refresh_token: current });
      }
      if (!isUsed) beforeUse();
      isUsed = true;
      const at = Number(new URL(request.url!, url).searchParams.get('at') ?? 0);
      return say(200, { things: [{ id: at }, { id: at + 1 }], next: at < 8 ? String(at + 2) : null });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

let files = 0;
/** A config file as a person would write it; `token` as it stands in the file. */
function configFile(token = current.replaceAll('$', '$$$$'), mode = 0o600) {
  const home = join(folder, String(files++));
  mkdirSync(home);
  const path = join(home, 'config.json');
  writeFileSync(
    path,
    `{\n    "base_url": "\${ROTATING_URL}",\n\t"credentials": {"client_id":  "one", "refresh_token" : ${JSON.stringify(token)},\n"client_secret": "\${ROTATING_SECRET}" }\n}`,
  );
  chmodSync(path, mode);
  return path;
}

interface Message {
  type: string;
  log?: { level: string; message: string };
  control?: { type: string; connectorConfig: { config: { credentials: Record<string, string> } } };
  connectionStatus?: { status: string; message?: string };
  trace?: { type: string; error?: { message: string; internal_message: string; failure_type: string } };
}

async function run(args: string[], env: Record<string, string> = {}, stdin = '') {
  const node = [process.execPath, '--conditions=headrace:source', MAIN, ...args];
  // With SUBSTITUTED the config file reaches it as bash's `<(cat file)`.
  const shell = node.map((arg) => (arg.endsWith('.json') ? `<(cat '${arg}')` : `'${arg}'`)).join(' ');
  const [program = '', ...rest] = env.SUBSTITUTED ? ['bash', '--norc', '-c', shell] : node;
  const child = spawn(program, rest, {
    env: {
      PATH: process.env.PATH,
      HEADRACE_BACKOFF_MS: '5',
      ROTATING_URL: url,
      ROTATING_SECRET: 'client-secret-value',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(stdin);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const messages = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Message);
  const of = (type: string) => messages.filter((message) => message.type === type);
  return { code, stdout, of };
}

const stored = (path: string) =>
  (JSON.parse(readFileSync(path, 'utf8')) as { credentials: { refresh_token: string } }).credentials
    .refresh_token;

describe('a token that rotates', () => {
  it.each(['check', 'discover', 'read'])('%s in a shell refuses before it is used up', async (verb) => {
    const { code, of } = await run([verb, '--config', configFile()]);
    expect(used).toEqual([]);
    if (verb === 'discover') return expect(code).toBe(0);
    const said =
      verb === 'check'
        ? of('CONNECTION_STATUS')[0]!.connectionStatus!.message
        : of('TRACE')
            .map(({ trace }) => trace?.error?.message)
            .join();
    expect(said).toContain('credentials.refresh_token');
    expect(said).toContain('--update-config');
    expect(code).toBe(verb === 'check' ? 0 : 1);
    return undefined;
  });

  it('rewrites the file with --update-config before the new access token is used: that value and no other byte', async () => {
    const path = configFile(undefined, 0o640);
    const before = readFileSync(path, 'utf8');
    let atUse = '';
    beforeUse = () => {
      atUse = readFileSync(path, 'utf8');
    };
    const first = await run(['read', '--config', path, '--update-config']);
    expect([first.code, first.of('RECORD').length]).toEqual([0, 10]);
    expect(atUse).toBe(before.replace('refresh-$$-0', 'refresh-$$$$-1'));
    expect(readFileSync(path, 'utf8')).toBe(atUse);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(path, '..'))).toEqual(['config.json']);
    // The dollar was doubled: the next run reads the value that was meant.
    const next = await run(['check', '--update-config', '--config', path]);
    expect(next.of('CONNECTION_STATUS')[0]!.connectionStatus).toEqual({ status: 'SUCCEEDED' });
    expect(used).toEqual(['refresh-$-0', 'refresh-$-1']);
    expect(stored(path)).toBe('refresh-$$-2');
    expect(first.of('LOG').filter(({ log }) => log!.level === 'WARN')).toEqual([]);
    expect(first.stdout + next.stdout).not.toMatch(/refresh-\$|access-\d|client-secret-value/);
  });

  it('puts the value where a reference stood, with one WARN', async () => {
    const path = configFile('${ROTATING_TOKEN}');
    const { code, of } = await run(['read', '--config', path, '--update-config'], {
      ROTATING_TOKEN: current,
    });
    expect(code).toBe(0);
    expect(stored(path)).toBe('refresh-$$-1');
    expect(readFileSync(path, 'utf8')).toContain('"${ROTATING_SECRET}"');
    const warned = of('LOG')
      .filter(({ log }) => log!.level === 'WARN')
      .map(({ log }) => log!.message);
    expect(warned.filter((text) => text.includes('credentials.refresh_token'))).toHaveLength(1);
  });

  it('follows a symbolic link and leaves it one', async () => {
    const path = configFile();
    const link = join(folder, `link-${files}`);
    symlinkSync(path, link);
    expect((await run(['read', '--config', link, '--update-config'])).code).toBe(0);
    expect(stored(path)).toBe('refresh-$$-1');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('refuses what cannot be rewritten before the token is used up', async () => {
    const piped = await run(
      ['read', '--config', '-', '--update-config'],
      {},
      readFileSync(configFile(), 'utf8'),
    );
    expect([piped.code, piped.stdout.includes('standard input')]).toEqual([1, true]);
    // A process substitution is a pipe under a name.
    const device = await run(['read', '--config', configFile(), '--update-config'], { SUBSTITUTED: '1' });
    expect([device.code, device.stdout.includes('cannot be rewritten')]).toEqual([1, true]);
    expect(used).toEqual([]);
  });

  it.each([
    ['the platform', { WORKER_JOB_ID: '7' }, true],
    ['a caller that has resolved the config', { HEADRACE_CONTROL: '1', HEADRACE_CONFIG_RESOLVED: '1' }, true],
    ['a caller that has not', { HEADRACE_CONTROL: '1' }, false],
  ] as const)('tells %s by CONTROL before the new access token is used', async (_, env, isResolved) => {
    const path = configFile();
    const given = JSON.parse(
      isResolved
        ? readFileSync(path, 'utf8')
            .replace('${ROTATING_URL}', url)
            .replace('${ROTATING_SECRET}', 'client-secret-value')
            .replace('refresh-$$-0', 'refresh-$-0')
        : readFileSync(path, 'utf8'),
    ) as { credentials: object };
    writeFileSync(path, JSON.stringify(given));
    const { code, of, stdout } = await run(['read', '--config', path], env);
    expect(code).toBe(0);
    expect(of('CONTROL').map(({ control }) => control)).toEqual([
      {
        type: 'CONNECTOR_CONFIG',
        emitted_at: expect.any(Number),
        connectorConfig: {
          config: {
            ...given,
            credentials: { ...given.credentials, refresh_token: isResolved ? 'refresh-$-1' : 'refresh-$$-1' },
          },
        },
      },
    ]);
    expect(stdout.indexOf('"CONTROL"')).toBeLessThan(stdout.indexOf('"RECORD"'));
    // Nothing but CONTROL carries it, and the file is the caller's.
    expect(stdout.split('\n').filter((line) => line.includes('refresh-$')).length).toBe(1);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(given);
  });

  it('says what to do where the grant is no longer good', async () => {
    const { of } = await run(['check', '--config', configFile('refresh-of-old'), '--update-config']);
    const { status, message } = of('CONNECTION_STATUS')[0]!.connectionStatus!;
    expect(status).toBe('FAILED');
    expect(message).toContain('config.credentials.refresh_token');
    expect(message).toContain('sign in again');
  });
});
