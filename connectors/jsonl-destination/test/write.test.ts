import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analytics, Bench, messages, record, state, status } from './process.ts';
import { dataFiles, storedLines } from './stored.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const names = (): string[] => dataFiles(bench.path);

describe('files', () => {
  it('hold the vendor’s bytes behind the envelope, under source, stream and day', async () => {
    const data =
      '{"id":12345678901234567890,"f":3.0,"e":"\\u2028\\ud83d\\ude00 \u2028 😀","n":{"a" : [1 ,2]}}';
    const line = `{"type":"RECORD","record":{"stream":"issues","emitted_at":1,"data":${data}}}\n`;
    const { code } = await bench.run(['write'], analytics('source', 'jira') + line + state('issues', 1), {
      run_id: 'R1',
    });
    expect(code).toBe(0);
    expect(names()).toEqual([
      expect.stringMatching(/^jira\/issues\/\d{4}\/\d\d\/\d\d\/R1-00001\.jsonl\.gz$/),
    ]);
    const [stored] = storedLines(bench.path);
    expect(stored).toMatch(
      /^\{"__source":"jira","__stream":"issues","__ingested_at_utc":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","__run_id":"R1",/,
    );
    expect(stored?.endsWith(data.slice(1))).toBe(true);
  });

  it('are read by zcat, one member a commit', async () => {
    const running = bench.start(['write'], { source: 's', envelope: 'none', commit_mb: 0 });
    for (let k = 0; k < 5; k++) {
      for (let n = 0; n < 10; n++)
        await running.write(record('a', { k: 10 * k + n }) + state('a', 10 * k + n + 1));
      await running.echoed(10 * (k + 1));
    }
    running.child.stdin?.end();
    expect((await running.ended).code).toBe(0);
    const [name = ''] = names();
    const lines = execFileSync('zcat', [join(bench.path, name)])
      .toString()
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).k)).toEqual(Array.from({ length: 50 }, (_, k) => k));
    const bytes = readFileSync(join(bench.path, name));
    const members = bytes.toString('latin1').split('\x1f\x8b\x08').length - 1;
    expect(members).toBeGreaterThanOrEqual(5);
  });

  it('are cut into chunks of about max_file_mb; a run id used again counts on', async () => {
    const input = Array.from({ length: 60 }, (_, k) => record('a', { k, pad: 'x'.repeat(200) })).join('');
    const config = { source: 's', compression: 'none', max_file_mb: 0.004, run_id: 'r' };
    for (let run = 1; run <= 2; run++)
      expect((await bench.run(['write'], input, config, { HEADRACE_BLOCK_BYTES: '1024' })).code).toBe(0);
    const parts = names().map((name) => Number(/r-(\d+)\.jsonl$/.exec(name)?.[1]));
    expect(parts).toEqual(Array.from({ length: parts.length }, (_, k) => k + 1));
    expect(parts.length).toBeGreaterThan(6);
    for (const name of names()) expect(readFileSync(join(bench.path, name)).length).toBeLessThanOrEqual(5000);
    expect(storedLines(bench.path)).toHaveLength(120);
  });

  it('of the layout flat grow from run to run', async () => {
    const config = { source: 's', layout: 'flat', envelope: 'none' };
    for (let run = 0; run < 3; run++)
      await bench.run(['write'], record('a', { run }) + state('a', run), config);
    expect(names()).toEqual(['s/a.jsonl']);
    expect(storedLines(bench.path)).toEqual(['{"run":0}', '{"run":1}', '{"run":2}']);
  });

  it('of odd names stay apart and inside', async () => {
    const odd = ['../x', 'a/b', 'A', 'a', 'CON', '.hidden', 'x'.repeat(300), 'a\0b', '\ud800', ''];
    const { code } = await bench.run(['write'], odd.map((name) => record(name, { name })).join(''), {
      source: '../../up',
      envelope: 'none',
    });
    expect(code).toBe(0);
    expect(readdirSync(bench.root).sort()).toEqual(['config.json', 'out']);
    const stored = names();
    expect(new Set(stored.map((name) => name.toLowerCase())).size).toBe(odd.length);
    expect(storedLines(bench.path)).toHaveLength(odd.length);
  });

  it('take a namespace into the folder unless it names the source', async () => {
    const of = (namespace: string) =>
      `${JSON.stringify({ type: 'RECORD', record: { stream: 'a', namespace, emitted_at: 1, data: {} } })}\n`;
    await bench.run(['write'], of('shop'));
    expect(names()).toEqual([expect.stringMatching(/^shop\/a\//)]);
    await bench.run(['write'], of('shop') + of('other'), { source: 'shop' });
    expect(names().map((name) => name.split('/').slice(0, 2).join('/'))).toEqual([
      'shop/a',
      'shop/a',
      'shop/other.a',
    ]);
  });

  it('hold no bytes that are not UTF-8, and the log says so', async () => {
    const line = Buffer.concat([
      Buffer.from('{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":{"x":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}}}\n'),
    ]);
    const running = bench.start(['write'], { source: 's', envelope: 'none' });
    running.child.stdin?.end(line);
    const { code, stdout } = await running.ended;
    expect([code, storedLines(bench.path)]).toEqual([0, ['{"x":"\ufffd\ufffd"}']]);
    expect(stdout).toContain('1 records contained bytes that are not UTF-8');
  });
});

describe('records that cannot be stored', () => {
  it('are put aside with their reason, counted, and rolled back like others', async () => {
    const input =
      status('a', 'STARTED') +
      record('a', [1]) +
      record('a', null) +
      record('a', {}) +
      state('a', 1, 3) +
      record('a', 7);
    const { code, stdout } = await bench.run(['write'], input, { source: 's' });
    expect(code).toBe(1);
    expect(stdout).toContain('"destinationStats":{"recordCount":1,"rejectedRecordCount":2}');
    expect(stdout).toContain('4 in = 1 stored + 2 quarantined + 1 rolled back');
    const aside = storedLines(join(bench.path, '_quarantine')).map((line) => JSON.parse(line));
    expect(aside).toMatchObject([
      { reason: 'data is not an object', stream: 'a', data: [1] },
      { data: null },
    ]);
  });
});

describe('a folder on tmpfs in a container', () => {
  // Linux has one here.
  const place = '/dev/shm';
  it.skipIf(!existsSync(place))('is refused by check and write, unless that is allowed', async () => {
    const path = join(place, `headrace-${process.pid}`);
    const image = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    const input = record('a', { x: 1 }) + state('a', 1, 1);
    for (const verb of ['check', 'write']) {
      const { stdout } = await bench.run([verb], input, { path, allow_ephemeral: false }, image);
      expect(stdout).toContain('is inside the container and vanishes with it');
    }
    expect(existsSync(path)).toBe(false);
    expect((await bench.run(['check'], '', { path }, image)).stdout).toContain('"status":"SUCCEEDED"');
  });
});

describe('a path that is none', () => {
  it('is refused by check and write, and no folder of that name is made', async () => {
    const input = record('a', { x: 1 }) + state('a', 1, 1);
    for (const path of ['s3://acme-lake/bronze', '~/bronze']) {
      const check = await bench.run(['check'], '', { path });
      expect(check.stdout).toMatch(/"status":"FAILED".*(only folders|absolute path)/);
      const { code, stdout } = await bench.run(['write'], input, { path });
      expect([code, stdout.includes('"type":"STATE"')]).toEqual([1, false]);
      expect(stdout).toMatch(/(only folders|absolute path).*"failure_type":"config_error"/s);
    }
    expect(existsSync('s3:') || existsSync('~')).toBe(false);
  });
});

describe('lines that carry data and cannot be read', () => {
  it('are put aside with their reason, and stay there whatever is rolled back', async () => {
    const nan = '{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":{"x":NaN}}}';
    const latin = Buffer.concat([Buffer.from('{"type":"RECORD","rec\u00e9rd":', 'latin1')]);
    const input = [status('a', 'STARTED') + record('a', [1]) + record('a', { x: 1 }) + nan, '\n', latin];
    const rest = `\n${record('a', { x: 2 })}${state('a', 1, 5)}${record('a', [2])}${nan}\n`;
    const running = bench.start(['write'], { source: 's' });
    running.child.stdin?.end(Buffer.concat([...input, rest].map((part) => Buffer.from(part))));
    const { code, stdout } = await running.ended;
    expect([code, storedLines(join(bench.path, 's')).length]).toEqual([1, 2]);
    expect(stdout).toContain('"destinationStats":{"recordCount":2,"rejectedRecordCount":3}');
    expect(stdout).toContain('a: 6 in = 2 stored + 3 quarantined + 1 rolled back');
    expect(stdout).toContain('(no stream): 1 in = 0 stored + 1 quarantined + 0 rolled back');
    const aside = storedLines(join(bench.path, '_quarantine')).map((line) => JSON.parse(line));
    const reason = expect.stringContaining('(NaN is no JSON number)');
    expect(aside).toHaveLength(4);
    expect(aside).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ reason: 'data is not an object', data: [1] }),
        { reason, stream: 'a', records: 1, states: 0, line: nan },
        { reason: expect.any(String), records: 1, states: 0, line_base64: latin.toString('base64') },
      ]),
    );
    expect((await bench.run(['verify'])).code).toBe(0);
  });
});

describe('state', () => {
  it('prints what is committed, and a pipe that comes second is refused', async () => {
    expect((await bench.run(['state'])).stdout).toBe('[]\n');
    expect(existsSync(bench.path)).toBe(false);
    const pipe = (number: string, at: number) =>
      analytics('source', 'jira') +
      analytics('state_commit', number) +
      record('a', { at }) +
      state('a', at, 1);
    expect((await bench.run(['write'], pipe('0', 1))).code).toBe(0);
    const [first] = await bench.state();
    expect(first).toEqual({
      type: 'STREAM',
      stream: { stream_descriptor: { name: 'a' }, stream_state: { at: 1 } },
      commit: 1,
    });
    const late = await bench.run(['write'], pipe('0', 2));
    expect([late.code, messages(late.stdout).filter(({ type }) => type === 'STATE')]).toEqual([1, []]);
    expect(late.stdout).toContain('another pipe wrote since; run again');
    expect(storedLines(bench.path)).toHaveLength(1);
    expect((await bench.run(['write'], pipe('1', 2))).code).toBe(0);
    expect(await bench.state()).toMatchObject([{ stream: { stream_state: { at: 2 } }, commit: 2 }]);
  });

  it('--set puts others in their place, --reset forgets them, both make older numbers invalid', async () => {
    await bench.run(['write'], record('a', {}) + state('a', 1) + state('b', 1), { source: 's' });
    const file = join(bench.root, 'states');
    writeFileSync(
      file,
      '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"at":12345678901234567890}},"commit":9}]',
    );
    const set = await bench.run(['state', '--set', file]);
    expect(set.stdout).toBe(
      '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"at":12345678901234567890}},"commit":2}]\n',
    );
    await bench.run(['write'], state('b', 7), { source: 's' });
    expect((await bench.run(['state', '--reset', '--streams', 'a'])).stdout).toContain('"commit":4');
    expect((await bench.run(['state', '--reset', '--streams', 'zz'])).stderr).toContain(
      'there is no state of zz',
    );
    expect((await bench.run(['state', '--reset'])).stdout).toBe('[]\n');
    expect(
      (await bench.run(['write'], analytics('state_commit', '4') + record('a', {}), { source: 's' })).code,
    ).toBe(1);
    await bench.run(['write'], state('a', 1), { source: 's' });
    expect(await bench.state()).toMatchObject([{ commit: 6 }]);
  });

  it('takes a GLOBAL state and prints it', async () => {
    const line =
      '{"type":"STATE","state":{"type":"GLOBAL","global":{"shared_state":{"lsn":1},"stream_states":[]},"sourceStats":{"recordCount":2}}}\n';
    await bench.run(['write'], record('a', {}) + record('b', {}) + line, { source: 's' });
    expect((await bench.run(['state'])).stdout).toBe(
      '[{"type":"GLOBAL","global":{"shared_state":{"lsn":1},"stream_states":[]},"commit":1}]\n',
    );
  });

  it('needs to be told which source where there are several', async () => {
    for (const source of ['s1', 's2']) await bench.run(['write', '--source', source], state('a', 1));
    const { code, stderr } = await bench.run(['state']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('s1, s2')]);
    expect(await bench.state({}, ['--source', 's2'])).toHaveLength(1);
  });

  it('keeps a scope’s states apart', async () => {
    await bench.run(['write'], state('a', 1), { source: 's' });
    await bench.run(['write'], analytics('state_commit', '0') + state('a', 5), {
      source: 's',
      state_scope: 'backfill-1',
    });
    expect([await bench.state(), await bench.state({ state_scope: 'backfill-1' })]).toMatchObject([
      [{ stream: { stream_state: { at: 1 } }, commit: 1 }],
      [{ stream: { stream_state: { at: 5 } }, commit: 1 }],
    ]);
  });
});

describe('two writers', () => {
  it('of one source: the second is refused and told who; another source writes beside it; a kill frees', async () => {
    const first = bench.start(['write'], { source: 's', run_id: 'first', commit_seconds: 0 });
    await first.write(record('a', {}) + state('a', 1));
    await first.echoed(1);
    const second = await bench.run(['write'], record('a', {}) + state('a', 9), { source: 's' });
    expect([second.code, second.stdout]).toEqual([1, expect.stringContaining('run first on')]);
    const read = await bench.run(['state', '--source', 's'], '', {});
    expect([read.code, read.stdout, read.stderr]).toEqual([1, '', expect.stringContaining('run first on')]);
    expect((await bench.run(['write'], state('a', 1), { source: 'other' })).code).toBe(0);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await bench.state({ source: 's' })).toMatchObject([{ stream: { stream_state: { at: 1 } } }]);
  });

  it('wait for each other', async () => {
    const first = bench.start(['write'], { source: 's', commit_seconds: 0 });
    await first.write(record('a', {}) + state('a', 1));
    await first.echoed(1);
    const second = bench.start(['state'], { source: 's' }, { HEADRACE_LOCK_WAIT_MS: '20000' });
    await new Promise((resolve) => setTimeout(resolve, 700));
    first.child.stdin?.end(record('a', {}) + state('a', 2));
    expect((await second.ended).stdout).toContain('"at":2');
  });
});

describe('losses', () => {
  const config = { source: 's', envelope: 'none' };
  const refused = async (hint: string): Promise<void> => {
    const write = await bench.run(['write'], record('a', {}), config);
    const read = await bench.run(['state'], '', config);
    expect([write.code, read.code, read.stdout]).toEqual([1, 1, '']);
    expect(write.stdout).toContain(hint);
    expect(read.stderr).toContain('state --reset');
  };

  it('data without a journal is refused until the states are given up', async () => {
    await bench.run(['write'], record('a', { k: 1 }) + state('a', 1), config);
    rmSync(join(bench.path, '_headrace'), { recursive: true });
    await refused('journal does not know');
    const nameless = await bench.run(['state']);
    expect([nameless.code, nameless.stderr]).toEqual([1, expect.stringContaining('no journal knows')]);
    expect((await bench.run(['state', '--reset'], '', config)).stdout).toBe('[]\n');
    expect((await bench.run(['write'], record('a', { k: 2 }) + state('a', 2), config)).code).toBe(0);
    expect(storedLines(bench.path)).toEqual(['{"k":1}', '{"k":2}']);
  });

  it('a file that is shorter than what was committed is refused; --reset puts it aside', async () => {
    const flat = { ...config, layout: 'flat' };
    await bench.run(['write'], record('a', { k: 1 }) + record('a', { k: 2 }) + state('a', 1), flat);
    truncateSync(join(bench.path, 's/a.jsonl'), 10);
    await refused('of which 16 were committed');
    await bench.run(['state', '--reset'], '', flat);
    expect((await bench.run(['write'], record('a', { k: 3 }) + state('a', 2), flat)).code).toBe(0);
    expect(names()).toEqual(['s/a.jsonl', 's/a.jsonl.damaged']);
    truncateSync(join(bench.path, 's/a.jsonl'), 3);
    await bench.run(['state', '--reset'], '', flat);
    expect(names()).toEqual(['s/a.jsonl.damaged', 's/a.jsonl.damaged-2']);
  });

  it('an unfinished frame that cannot be read is refused; --reset puts it aside, beside what was put aside before', async () => {
    const zstd = { ...config, compression: 'zstd', commit_mb: 0 };
    const spoil = async (): Promise<string> => {
      const running = bench.start(['write'], zstd);
      await running.write(record('a', { k: 1, text: 'x'.repeat(2000) }) + state('a', 1));
      await running.echoed(1);
      running.child.kill('SIGKILL');
      await running.ended;
      const [file] = names().filter((name) => name.endsWith('.open'));
      writeFileSync(join(bench.path, file!), Buffer.alloc(statSync(join(bench.path, file!)).size, 7));
      await refused('is damaged');
      await bench.run(['state', '--reset'], '', zstd);
      return file!.replace('.open', '.damaged');
    };
    const asides = [await spoil(), await spoil()];
    expect((await bench.run(['write'], record('a', { k: 3 }) + state('a', 2), zstd)).code).toBe(0);
    expect(names().filter((name) => name.endsWith('.damaged'))).toEqual(asides);
    expect((await bench.run(['verify'], '', zstd)).code).toBe(0);
  });

  it('a journal that cannot be read is an error, never nothing yet', async () => {
    mkdirSync(join(bench.path, '_headrace'), { recursive: true });
    writeFileSync(
      join(bench.path, '_headrace/journal.sqlite'),
      'this is no database, whatever its name says',
    );
    const { code, stdout, stderr } = await bench.run(['state'], '', config);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('journal')]);
    expect((await bench.run(['write'], record('a', {}), config)).code).toBe(1);
  });

  it('a finished file that the user took away is the user’s right', async () => {
    await bench.run(['write'], record('a', {}) + state('a', 1), config);
    for (const name of names()) rmSync(join(bench.path, name));
    expect((await bench.run(['write'], record('a', {}) + state('a', 2), config)).code).toBe(0);
  });

  it('a copy of the folder elsewhere goes on as before', async () => {
    await bench.run(['write'], record('a', {}) + state('a', 1), config);
    renameSync(bench.path, `${bench.path}2`);
    expect(await bench.state({ ...config, path: `${bench.path}2` })).toMatchObject([{ commit: 1 }]);
  });
});

describe('signals and closed pipes', () => {
  it('SIGTERM commits what states cover and ends by the signal', async () => {
    const running = bench.start(['write'], { source: 's', envelope: 'none' });
    await running.write(record('a', { k: 1 }) + state('a', 1) + record('a', { k: 2 }));
    // Long enough for it to be read; nothing tells from outside that it was.
    while (!existsSync(join(bench.path, '_headrace/journal.sqlite')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.child.kill('SIGTERM');
    const { signal, stdout } = await running.ended;
    expect([signal, messages(stdout).filter(({ type }) => type === 'STATE').length]).toEqual(['SIGTERM', 1]);
    expect(storedLines(bench.path)).toEqual(['{"k":1}']);
    expect(names()[0]).toMatch(/\.gz$/);
  });

  it('a reader that goes away loses echoes, not data', async () => {
    const running = bench.start(['write'], { source: 's', commit_seconds: 0 });
    running.child.stdout?.destroy();
    for (let k = 1; k <= 20; k++) await running.write(record('a', { k }) + state('a', k));
    running.child.stdin?.end();
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([1, '']);
    expect(await bench.state()).toMatchObject([{ stream: { stream_state: { at: 20 } } }]);
    expect(storedLines(bench.path)).toHaveLength(20);
  });
});

describe('check', () => {
  const verdict = async (config: object, env = {}) =>
    messages((await bench.run(['check'], '', config, env)).stdout)[0];

  it('succeeds without leaving anything', async () => {
    expect(await verdict({})).toMatchObject({ connectionStatus: { status: 'SUCCEEDED' } });
    expect(readdirSync(bench.root)).toEqual(['config.json']);
  });

  it('says what to do where it fails', async () => {
    writeFileSync(join(bench.root, 'file'), '');
    expect(await verdict({ path: join(bench.root, 'file/x') })).toMatchObject({
      connectionStatus: { status: 'FAILED', message: expect.stringContaining('cannot write into') },
    });
    expect(await verdict({ compression_level: 10 })).toMatchObject({
      connectionStatus: { status: 'FAILED', message: expect.stringContaining('compression') },
    });
  });
});
