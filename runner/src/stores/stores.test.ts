import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MASK, Secrets } from '@headrace/sdk/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../engine/clock.ts';
import { tenantDatabase } from './database.ts';
import { sqliteHistory } from './history/history.ts';
import { fileQuarantine } from './quarantine.ts';
import { runLogs } from './run-logs.ts';
import { fileStates } from './states.ts';
import { fileTokens } from './tokens.ts';

const j = { tenant: 'acme', name: 'j' };

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'headrace-stores-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

describe('states', () => {
  test('are what was saved last; none where nothing was; damage is said', async () => {
    const at = folder();
    const states = fileStates(at);
    expect(await states.load(j)).toEqual([]);
    await states.save(j, ['{"a":1}']);
    const kept = [
      '{"id":9007199254740995,"lsn":12345678901234567890}',
      '{"ratio":1.0,"big":1e400,"text":"\\u00fc"}',
    ];
    await states.save(j, kept);
    expect(await states.load(j)).toEqual(kept);
    expect(readdirSync(join(at, 'acme', 'states'))).toEqual(['j.json']);
    for (const [text, what] of [
      ['{}', 'is no list of states'],
      ['', 'is empty'],
      [' \n', 'is empty'],
      ['[{"a":1}', 'is not valid JSON'],
    ] as const) {
      writeFileSync(join(at, 'acme', 'states', 'j.json'), text);
      await expect(states.load(j)).rejects.toMatchObject({
        code: 'state.damaged',
        message: expect.stringContaining(`states/j.json ${what}`),
      });
    }
  });
});

describe('logs of runs', () => {
  const line = (message: string) => ({ type: 'log', origin: 'source', level: 'INFO', message }) as const;

  test('hold the newest part of a long run, without secrets; a line that was cut is left out', () => {
    const at = folder();
    const logs = runLogs(at, () => 0, new Secrets(['sesame-1']));
    const log = logs.open(j, 1, 1000);
    for (let k = 0; k < 100; k++) log.write(line(`${k} sesame-1`));
    log.close();
    const sizes = readdirSync(join(at, 'acme', 'logs', 'j')).map(
      (name) => statSync(join(at, 'acme', 'logs', 'j', name)).size,
    );
    expect(sizes.length === 2 && sizes.every((size) => size <= 1000)).toBe(true);
    appendFileSync(logs.fileOf(j, 1), '{"type":"log","mess');
    const entries = logs.read(j, 1) as Array<{ message: string }>;
    expect(entries.at(-1)).toEqual({ ...line(`99 ${MASK}`), time: '1970-01-01T00:00:00.000Z' });
    const kept = entries.map(({ message }) => Number.parseInt(message, 10));
    expect(kept).toEqual(kept.map((_, k) => 100 - kept.length + k));
    expect(logs.read(j, 2)).toBeUndefined();
  });

  test('are kept of the newest 50 runs of a job', () => {
    const logs = runLogs(folder(), () => 0, new Secrets());
    for (let k = 1; k <= 52; k++) logs.open(j, k).close();
    expect([1, 2, 3, 52].map((k) => logs.read(j, k) !== undefined)).toEqual([false, false, true, true]);
  });
});

describe('rotated tokens', () => {
  const alone = { self: () => 'me', isAlive: (name: string) => name === 'other' };
  const tokensIn = (at: string, self = 'me') => fileTokens(at, { ...alone, self: () => self }, systemClock);
  const configured = { url: 'x', credentials: { refresh_token: 'configured-1', cloud_id: 'auto' } };
  const secrets = ['configured-1'];

  test('override the configured value, whatever else changes, until it changes itself', async () => {
    const at = folder();
    const tokens = tokensIn(at);
    await tokens.save('jira', configured, secrets, {
      ...configured,
      credentials: { refresh_token: 'rotated-2', cloud_id: 'auto' },
    });
    expect(await tokens.apply('jira', { ...configured, url: 'y' }, secrets)).toEqual({
      url: 'y',
      credentials: { refresh_token: 'rotated-2', cloud_id: 'auto' },
    });
    expect(await tokens.apply('other', configured, secrets)).toEqual(configured);
    const mended = { ...configured, credentials: { refresh_token: 'mended-3' } };
    expect(await tokens.apply('jira', mended, ['mended-3'])).toEqual(mended);
  });

  test('other values that the connector changed stay with the whole configuration', async () => {
    const tokens = tokensIn(folder());
    const changed = {
      url: 'x',
      credentials: { refresh_token: 'configured-1', cloud_id: 'c-1', access_token: 'new' },
    };
    await tokens.save('jira', configured, secrets, changed);
    expect(await tokens.apply('jira', configured, secrets)).toEqual(changed);
    const other = { ...configured, url: 'z' };
    expect(await tokens.apply('jira', other, secrets)).toEqual(other);
  });

  test('are readable by nobody else, and their names give nothing away', async () => {
    const at = folder();
    await tokensIn(at).save('jira', configured, secrets, {
      ...configured,
      credentials: { refresh_token: 'rotated-2', cloud_id: 'auto' },
    });
    const [file = ''] = readdirSync(join(at, 'rotated')).filter((name) => name.endsWith('.json'));
    expect(statSync(join(at, 'rotated', file)).mode & 0o777).toBe(0o600);
    expect(file).toMatch(/^[0-9a-f]{32}\.json$/);
    expect(readFileSync(join(at, 'rotated', file), 'utf8')).not.toContain('configured-1');
  });

  test('are claimed by one process at a time once it is known that they rotate; a dead one has nothing', async () => {
    const at = folder();
    const ends = [{ connector: 'jira', configured, secrets }];
    const claim = async (self: string) => {
      const waited: string[] = [];
      const stop = new AbortController();
      const onWait = (holder: string) => {
        waited.push(holder);
        stop.abort();
      };
      const tokens = tokensIn(at, self);
      return { tokens, has: await tokens.claim(ends, { signal: stop.signal, onWait }), waited };
    };
    // Nobody knows yet.
    expect((await claim('dead')).has).toBe(true);
    expect((await claim('me')).has).toBe(true);
    const rotated = { ...configured, credentials: { refresh_token: 'rotated-2', cloud_id: 'auto' } };
    await tokensIn(at, 'dead').save('jira', configured, secrets, rotated);
    const other = await claim('other');
    expect(other.has).toBe(true);
    expect(await claim('me')).toMatchObject({ has: false, waited: ['other'] });
    other.tokens.release();
    expect((await claim('me')).has).toBe(true);
    expect((await claim('me')).has).toBe(true);
  });

  test('a folder that others made is used as it is', async () => {
    const at = folder();
    mkdirSync(join(at, 'rotated'));
    await expect(tokensIn(at).apply('jira', configured, secrets)).resolves.toEqual(configured);
  });
});

describe('files', () => {
  const processes = { self: () => 'me', isAlive: () => false };
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test('that are new are nobody else’s; what is there keeps its mode', async () => {
    const at = folder();
    const states = fileStates(at);
    const database = tenantDatabase(at, 'acme');
    onTestFinished(() => database.close());
    const history = sqliteHistory(() => database, processes, new Secrets());
    const quarantine = fileQuarantine(at, () => 0, new Secrets(['sesame-1']))(j, 1);
    await states.save(j, []);
    const entry = await history.begin(j, { check: true }, 0);
    quarantine.add(undefined, {
      kind: 'unreadable',
      line: Buffer.from('sesame-1'),
      reason: 'sesame-1',
      lost: undefined,
    });
    quarantine.close();
    const file = join(at, 'acme', 'states', 'j.json');
    const runs = join(at, 'acme', 'history.sqlite');
    const put = join(at, 'acme', 'quarantine', 'j', '000001.jsonl');
    for (const path of [file, runs, `${runs}-wal`, put]) expect(modeOf(path), path).toBe('600');
    for (const name of ['states', 'quarantine', 'quarantine/j'])
      expect(modeOf(join(at, 'acme', name)), name).toBe('700');
    // A line of data stays what it is; what we say of it does not tell.
    expect(JSON.parse(readFileSync(put, 'utf8'))).toMatchObject({ line: 'sesame-1', reason: MASK });
    for (const path of [file, runs]) chmodSync(path, 0o640);
    chmodSync(join(at, 'acme', 'states'), 0o750);
    await states.save(j, []);
    await history.save(entry);
    for (const path of [file, runs]) expect(modeOf(path), path).toBe('640');
    expect(modeOf(join(at, 'acme', 'states'))).toBe('750');
  });

  test('that are none are refused: a folder, a device', async () => {
    const at = folder();
    mkdirSync(join(at, 'acme', 'states', 'a.json'), { recursive: true });
    symlinkSync('/dev/zero', join(at, 'acme', 'states', 'b.json'));
    for (const [job, what] of [
      ['a', 'a folder'],
      ['b', 'a device'],
    ] as const)
      await expect(fileStates(at).load({ tenant: 'acme', name: job })).rejects.toThrow(
        `${job}.json is ${what}, and a file is needed`,
      );
  });
});
