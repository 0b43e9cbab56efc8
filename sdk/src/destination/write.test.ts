import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import {
  analytics,
  globalState,
  MemoryStore,
  type RunOptions,
  record,
  run,
  state,
  status,
} from './memory-store.test-support.ts';

const echoed = (lines: string[]): unknown[] =>
  lines
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'STATE')
    .map((message) => message.state);

const listed = (name: string, more: object = {}) => ({ streams: [{ stream: { name }, ...more }] });

describe('states', () => {
  it('are echoed verbatim with exact counts, in order, each once, after the commit', async () => {
    const first =
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"n":12345678901234567890}},"id":9},"more":[1.0]}\n';
    const input =
      record('a', { x: 1 }) +
      record('a', [1]) +
      first +
      record('b', {}) +
      state('b', 1) +
      record('a', {}) +
      state('a', 2, 1);
    const { code, lines, store } = await run(input, { policy: { bytes: 0 } });
    expect(code).toBe(0);
    expect(lines[0]).toBe(
      first.trim().replace('"id":9}', '"id":9,"destinationStats":{"recordCount":1,"rejectedRecordCount":1}}'),
    );
    expect(echoed(lines)).toMatchObject([
      { id: 9 },
      { destinationStats: { recordCount: 1 } },
      { sourceStats: { recordCount: 1 } },
    ]);
    expect(store.durable('a')).toEqual(['{"x":1}', '{}']);
    // Invariant 2: when the first commit resolved nothing had been echoed yet.
    expect(store.outputAtCommit[0]).toBe('');
  });

  it('leave after commit_seconds although no input comes', async () => {
    const store = new MemoryStore();
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from(record('a', {}) + state('a', 1));
      for (let k = 0; k < 500 && store.commits === 0; k++) await sleep(10);
      expect(store.commits).toBe(1);
      expect(store.durable('a')).toEqual(['{}']);
    }
    expect((await run(input(), { store, policy: { seconds: 0.01 } })).code).toBe(0);
  });

  it('are never left behind by a commit that stores what they cover, whenever it begins', async () => {
    const log = `${JSON.stringify({ type: 'LOG', log: { level: 'INFO', message: '' } })}\n`;
    // Each line between gives a commit that ends meanwhile one more moment to let the next one begin.
    for (let lines = 0; lines < 30; lines++) {
      const store = new MemoryStore();
      let open = (): void => undefined;
      store.gate = new Promise((resolve) => {
        open = resolve;
      });
      const stored: number[] = [];
      const writer = store.writer.bind(store);
      store.writer = (...all) => {
        const made = writer(...all);
        const commit: typeof made.commit = async (states, counts) => {
          await made.commit(states, counts);
          const { at } = JSON.parse(store.states.at(-1)!).stream.stream_state;
          stored.push(store.durable('a').length - at);
        };
        return { ...made, commit };
      };
      async function* input(): AsyncGenerator<Buffer> {
        for (const at of [1, 2]) {
          yield Buffer.from(record('a', {}) + state('a', at));
          await sleep(2);
        }
        open();
        yield Buffer.from(record('a', {}) + log.repeat(lines) + state('a', 3));
        await sleep(2);
      }
      expect((await run(input(), { store, policy: { seconds: 0 } })).code).toBe(0);
      expect(stored).toEqual(stored.map(() => 0));
    }
  });

  it('wait while input goes on, and what came after the commit began is not in it', async () => {
    const store = new MemoryStore();
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from(record('a', { k: 1 }) + state('a', 1));
      await sleep(50);
      yield Buffer.from(record('a', { k: 2 }));
      await sleep(10);
      open();
      for (let k = 0; k < 500 && store.commits === 0; k++) await sleep(10);
      expect(store.durable('a')).toEqual(['{"k":1}']);
    }
    const { code, lines } = await run(input(), { store, policy: { seconds: 0 } });
    expect([code, echoed(lines).length]).toEqual([0, 1]);
    expect(store.durable('a')).toEqual(['{"k":1}', '{"k":2}']);
  });

  it('are not committed where they do not say what they cover', async () => {
    const { code, lines, logged } = await run(
      `${record('a', {})}{"type":"STATE","state":{"type":"STREAM"}}\n`,
    );
    expect([code, echoed(lines)]).toEqual([1, []]);
    expect(logged.join()).toContain('does not say what it covers');
  });
});

describe('counts', () => {
  const reported = status('a', 'STARTED') + status('b', 'STARTED');
  const done = status('a', 'COMPLETE') + status('b', 'COMPLETE');

  it('that differ freeze the stream at its last good state; the others go on', async () => {
    const input =
      reported +
      record('a', { k: 1 }) +
      state('a', 1, 1) +
      record('a', { k: 2 }) +
      record('b', { k: 1 }) +
      state('a', 2, 2) +
      record('a', { k: 3 }) +
      state('a', 3, 1) +
      state('b', 1, 1) +
      done;
    const { code, lines, messages, store, logged } = await run(input);
    expect(code).toBe(1);
    expect(echoed(lines)).toMatchObject([
      { stream: { stream_state: { at: 1 } } },
      { stream: { stream_descriptor: { name: 'b' } } },
    ]);
    expect([store.durable('a'), store.durable('b')]).toEqual([['{"k":1}'], ['{"k":1}']]);
    const errors = messages.filter(({ type }) => type === 'TRACE');
    expect(errors).toHaveLength(1);
    expect(JSON.stringify(errors)).toContain(
      'a: the source counted 2 records since its last state, 1 arrived',
    );
    expect(logged).toContain('info a: 3 in = 1 stored + 0 quarantined + 2 rolled back');
  });

  it('are compared as numbers', async () => {
    const { code } = await run(
      `${reported + record('a', {}) + state('a', 1, 1).replace('"recordCount":1', '"recordCount":1.0')}${done}`,
    );
    expect(code).toBe(0);
  });

  it('that differ freeze a stream that never said STARTED, too', async () => {
    const input = record('a', { k: 1 }) + state('a', 1, 1) + record('a', { k: 2 }) + state('a', 2, 2);
    const others = [
      {},
      { generation_id: 1, minimum_generation_id: 1, sync_id: 2 },
      { generation_id: 1, minimum_generation_id: 0, sync_id: 1 },
    ].map((more) => listed('a', more));
    for (const catalog of [undefined, ...others]) {
      const { code, lines, store } = await run(input, { catalog });
      expect([code, echoed(lines).length, store.durable('a')]).toEqual([1, 1, ['{"k":1}']]);
    }
  });

  it('only warn where the caller compares them itself and the stream never said STARTED', async () => {
    const input = record('a', {}) + state('a', 1, 5);
    const pyAirbyte = listed('a', { generation_id: 1, minimum_generation_id: 1, sync_id: 1 });
    const callers: RunOptions[] = [{ catalog: pyAirbyte }, { processEnv: { WORKER_JOB_ID: '3' } }];
    for (const caller of callers) {
      const { code, lines, logged } = await run(input, caller);
      expect([code, echoed(lines)]).toMatchObject([
        0,
        [{ destinationStats: { recordCount: 1 }, sourceStats: { recordCount: 5 } }],
      ]);
      expect(logged.join()).toContain('warn a: the source counted 5');
      expect((await run(status('a', 'STARTED') + input, caller)).code).toBe(1);
    }
  });

  it('only warn where that was configured', async () => {
    const lenient = await run(reported + record('a', {}) + state('a', 1, 5) + done, {
      policy: { onCountMismatch: 'warn' },
    });
    expect([lenient.code, lenient.store.durable('a')]).toEqual([0, ['{}']]);
  });

  it('of a GLOBAL state are those of all streams together', async () => {
    const good = await run(reported + record('a', {}) + record('b', {}) + globalState(1, 2) + done);
    expect([good.code, echoed(good.lines)]).toMatchObject([0, [{ destinationStats: { recordCount: 2 } }]]);
    const bad = await run(
      reported +
        record('a', {}) +
        record('b', {}) +
        globalState(1, 2) +
        record('a', {}) +
        globalState(2, 2) +
        done,
    );
    expect([
      bad.code,
      echoed(bad.lines).length,
      bad.store.durable('a').length,
      bad.store.durable('b').length,
    ]).toEqual([1, 1, 1, 1]);
  });
});

describe('the end of the input', () => {
  const cases: Array<[string, string, number, number]> = [
    ['no status: as it stands', record('a', {}) + state('a', 1) + record('a', {}), 0, 2],
    ['no status and no state: as it stands', record('a', {}), 0, 1],
    [
      'STARTED only: back to its last state',
      status('a', 'STARTED') + record('a', {}) + state('a', 1) + record('a', {}),
      1,
      1,
    ],
    ['STARTED and no state: nothing', status('a', 'STARTED') + record('a', {}), 1, 0],
    ['RUNNING only', status('a', 'RUNNING') + record('a', {}), 1, 0],
    ['COMPLETE: as it stands', status('a', 'STARTED') + record('a', {}) + status('a', 'COMPLETE'), 0, 1],
    [
      'COMPLETE before the last state',
      status('a', 'STARTED') + record('a', {}) + status('a', 'COMPLETE') + state('a', 1),
      0,
      1,
    ],
    [
      'INCOMPLETE: back to its last state',
      status('a', 'STARTED') + record('a', {}) + state('a', 1) + record('a', {}) + status('a', 'INCOMPLETE'),
      1,
      1,
    ],
    ['begun again after COMPLETE', status('a', 'COMPLETE') + status('a', 'STARTED') + record('a', {}), 1, 0],
    [
      'RUNNING after COMPLETE',
      status('a', 'STARTED') + record('a', {}) + status('a', 'COMPLETE') + status('a', 'RUNNING'),
      0,
      1,
    ],
    ['announced, never complete, no record', status('a', 'STARTED'), 1, 0],
    [
      'TRACE ERROR',
      `${record('a', {})}{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"boom"}}}\n`,
      1,
      1,
    ],
    ['a last line without newline', (record('a', {}) + record('a', {})).trimEnd(), 0, 2],
    ['half a last line', record('a', {}) + record('a', {}).slice(0, 40), 1, 1],
    ['only foreign lines', 'hello\n\n{"a":1}\n', 1, 0],
    ['nothing', '', 1, 0],
  ];
  for (const [name, input, code, stored] of cases) {
    it(name, async () => {
      const result = await run(input);
      expect([result.code, result.store.durable('a').length]).toEqual([code, stored]);
    });
  }

  const error = '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"boom"}}}\n';
  for (const [name, input, whole] of [
    ['a stream without statuses is whole', record('a', {}), 'ended'],
    ['… behind its last state, too', record('a', {}) + state('a', 1), 'ended'],
    ['… but not where something follows that', record('a', {}) + state('a', 1) + record('a', {}), undefined],
    ['… nor where its source failed', record('a', {}) + state('a', 1) + error, undefined],
    ['… nor where its source was killed in the middle of a line', `${record('a', {})}{"type":`, undefined],
    [
      'one that said COMPLETE is, whatever else failed',
      status('a', 'COMPLETE') + record('a', {}) + error,
      'said',
    ],
  ] as const) {
    it(name, async () => {
      expect((await run(input)).store.streams.get('a')?.whole).toBe(whole);
    });
  }

  it('a stream of the catalog that is complete without a record or a state is told so', async () => {
    const input = status('a', 'STARTED') + status('a', 'COMPLETE');
    const { store } = await run(input, { catalog: listed('a') });
    expect([store.streams.get('a')?.whole, store.ended]).toEqual(['said', 'end']);
    expect((await run(input)).store.started).toBe(undefined);
  });

  it('nothing at all is fine where the platform started us', async () => {
    expect((await run('', { processEnv: { WORKER_JOB_ID: '3' } })).code).toBe(0);
  });

  it('one stream that did not complete leaves the others alone', async () => {
    const { code, store } = await run(
      status('a', 'STARTED') +
        status('b', 'STARTED') +
        record('a', {}) +
        record('b', {}) +
        status('b', 'COMPLETE'),
    );
    expect([code, store.durable('a').length, store.durable('b').length]).toEqual([1, 0, 1]);
  });
});

describe('a line that carries data and cannot be read', () => {
  const nan = '{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":{"x":NaN}}}\n';
  const nameless = '{"type":"RECORD","record":{"emitted_at":1,"data":{"x":1}}}\n';
  const brokenState = '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}\n';
  const whole = (stream: string, lines: string) =>
    status(stream, 'STARTED') + lines + status(stream, 'COMPLETE');

  it('is put aside and counted, and the states behind it are committed', async () => {
    const input = whole('a', record('a', { x: 1 }) + nan + record('a', { x: 2 }) + state('a', 1, 3));
    const { code, store, lines, logged } = await run(input + whole('b', record('b', {})));
    expect(code).toBe(1);
    expect(store.aside).toEqual([`a: ${nan.trim()}`]);
    expect(echoed(lines)).toMatchObject([{ destinationStats: { recordCount: 2, rejectedRecordCount: 1 } }]);
    expect([store.durable('a').length, store.states.length]).toEqual([2, 1]);
    // The other stream is whole.
    expect([store.streams.get('a')?.whole, store.streams.get('b')?.whole]).toEqual([undefined, 'said']);
    expect(logged.join('\n')).toContain('a: 3 in = 2 stored + 1 quarantined + 0 rolled back');
    expect(logged.join('\n')).toContain(
      'error a line with data of a cannot be read (not valid JSON at byte 67: a JSON value is missing (NaN is no JSON number)): it is in the quarantine',
    );
  });

  it('makes the COMPLETE of its stream none: what follows the last state is rolled back', async () => {
    const input = whole('a', record('a', { x: 1 }) + state('a', 1, 1) + record('a', { x: 2 }) + nan);
    const { code, store, logged } = await run(input);
    expect([code, store.durable('a')]).toEqual([1, ['{"x":1}']]);
    expect(logged.join('\n')).toContain('a: 3 in = 1 stored + 1 quarantined + 1 rolled back');
  });

  it('leaves what came of a stream without statuses, which is not whole', async () => {
    const { code, store } = await run(record('a', {}) + nan + record('b', {}));
    expect([code, store.durable('a').length, store.durable('b').length]).toEqual([1, 1, 1]);
    expect([store.streams.get('a')?.whole, store.streams.get('b')?.whole]).toEqual([undefined, 'ended']);
  });

  it('that names no stream, or one that was not asked for, may be of each that is not complete', async () => {
    for (const line of [nameless, nan.replace('"a"', '"x"')]) {
      const input =
        whole('a', record('a', {}) + state('a', 1, 1)) +
        status('b', 'STARTED') +
        record('b', {}) +
        line +
        state('b', 1, 2) +
        status('b', 'COMPLETE') +
        whole('c', '');
      const catalog = { streams: ['a', 'b', 'c'].map((name) => ({ stream: { name } })) };
      const { code, store, lines, logged } = await run(input, { catalog });
      expect([code, store.aside, store.durable('b').length]).toEqual([1, [`: ${line.trim()}`], 1]);
      expect(echoed(lines)).toMatchObject([
        { destinationStats: { recordCount: 1 } },
        { destinationStats: { recordCount: 1, rejectedRecordCount: 1 } },
      ]);
      const wholes = ['a', 'b', 'c'].map((name) => store.streams.get(name)?.whole);
      expect(wholes).toEqual(['said', undefined, undefined]);
      expect(logged.join('\n')).toContain('(no stream): 1 in = 0 stored + 1 quarantined + 0 rolled back');
    }
  });

  it('that was a state: the next one may count from it', async () => {
    const input = whole('a', record('a', {}) + brokenState + record('a', {}) + state('a', 2, 1));
    const { code, store, lines } = await run(input);
    expect([code, store.durable('a').length]).toEqual([1, 2]);
    expect(echoed(lines)).toMatchObject([{ destinationStats: { recordCount: 2 } }]);
  });

  it('explains no other difference of counts', async () => {
    const input = whole('a', record('a', {}) + nan + state('a', 1, 3));
    const { code, store, lines } = await run(input);
    expect([code, store.durable('a'), echoed(lines)]).toEqual([1, [], []]);
  });

  it('of several streams is counted once', async () => {
    const glued = record('a', {}).trim().slice(0, -3) + record('b', {});
    const { code, store, logged } = await run(record('a', {}) + glued);
    expect([code, store.aside.length]).toEqual([1, 2]);
    expect(logged.join('\n')).toContain('a: 2 in = 1 stored + 1 quarantined');
    expect(logged.join('\n')).toContain('b: 1 in = 0 stored + 1 quarantined');
  });

  it('is counted and logged by a destination that cannot keep it', async () => {
    const store = new MemoryStore();
    const writer = store.writer.bind(store);
    store.writer = (...all) => ({ ...writer(...all), setAside: undefined });
    const { code, lines, logged } = await run(record('a', {}) + nan + state('a', 1, 2), { store });
    expect([code, store.durable('a').length]).toEqual([1, 1]);
    expect(echoed(lines)).toMatchObject([{ destinationStats: { recordCount: 1, rejectedRecordCount: 1 } }]);
    expect(logged.join('\n')).toContain('it is not stored');
  });

  it('of words only changes nothing', async () => {
    const { code, logged } = await run(`{"type":"LOG","log":{"level":"INFO","message":\n${record('a', {})}`);
    expect(code).toBe(0);
    expect(logged.join()).toContain('a message that cannot be read');
  });
});

describe('what the source says', () => {
  it('to a person is passed on, records never', async () => {
    const input = `{"type":"LOG","record":null,"log":{"level":"WARN","message":"slow"}}\n{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"boom","stream_descriptor":{"name":"a"}}}}\n${record('a', {})}`;
    const { messages } = await run(input);
    expect(messages).toEqual([
      { type: 'LOG', log: { level: 'WARN', message: 'slow' } },
      { type: 'LOG', log: { level: 'ERROR', message: 'the source failed in a: boom' } },
    ]);
  });

  it('that is no message is logged, the first few lines', async () => {
    const { code, logged } = await run(`${'oops\n'.repeat(20)}${record('a', {})}`);
    expect(code).toBe(0);
    expect(logged.filter((line) => line.includes('not a message'))).toHaveLength(5);
    expect(logged.join()).toContain('20 lines of the input were not messages');
  });

  it('of unknown kinds, with nulls for siblings, is tolerated', async () => {
    const { code, store } = await run(
      `{"type":"NEW","new":{}}\n{"type":"TRACE","trace":null}\n{"type":"LOG","log":null}\n{"type":"CONTROL"}\n${record('a', {})}`,
    );
    expect([code, store.durable('a').length]).toEqual([0, 1]);
  });

  it('about itself is known when the run begins', async () => {
    const { store } = await run(
      analytics('source', 'jira') +
        analytics('state_commit', '12') +
        status('b', 'STARTED') +
        status('b', 'COMPLETE') +
        record('a', {}),
    );
    expect(store.started).toMatchObject({
      sourceName: 'jira',
      stateCommit: 12,
      streams: [{ name: 'b' }, { name: 'a' }],
    });
  });
});

describe('the catalog', () => {
  it('refuses a mode that the destination does not do, all at once', async () => {
    const catalog = {
      streams: [
        ...listed('a', { destination_sync_mode: 'overwrite' }).streams,
        ...listed('b', { destination_sync_mode: 'update' }).streams,
      ],
    };
    await expect(run(record('a', {}), { catalog })).rejects.toThrow(/a has .* overwrite.*b has .* update/s);
    await expect(
      run('', { catalog: listed('a', { minimum_generation_id: 1, generation_id: 3 }) }),
    ).rejects.toThrow('minimum_generation_id is 1, generation_id 3');
  });

  it('accepts nulls and what PyAirbyte sends', async () => {
    const { code } = await run(record('a', {}), {
      catalog: listed('a', { destination_sync_mode: null, generation_id: 1, minimum_generation_id: 1 }),
    });
    expect(code).toBe(0);
  });

  it('keeps a stream out that is not in it', async () => {
    const { code, store, logged, lines } = await run(
      record('a', {}) + record('b', {}) + state('b', 1) + state('a', 1),
      { catalog: listed('a') },
    );
    expect([code, store.durable('a').length, [...store.streams.keys()]]).toEqual([1, 1, ['a']]);
    expect(logged).toContain('info b: 1 in = 0 stored + 0 quarantined + 1 rolled back');
    expect(echoed(lines)).toHaveLength(1);
  });
});

describe('when something goes wrong', () => {
  it('a failed commit stops the run, even while the input is quiet, and echoes nothing', async () => {
    const store = new MemoryStore();
    store.failWith = new TransientError('the disk is full', { code: 'disk' });
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from(record('a', {}) + state('a', 1));
      await new Promise(() => undefined);
    }
    await expect(run(input(), { store, policy: { seconds: 0 } })).rejects.toThrow('the disk is full');
    expect(store.ended).toBe('abort');
  });

  it('SIGTERM commits what states cover and asks to be ended by it', async () => {
    const signals = new EventEmitter();
    const store = new MemoryStore();
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from(record('a', { k: 1 }) + state('a', 1) + record('a', { k: 2 }));
      setTimeout(() => signals.emit('SIGTERM'), 20);
      await new Promise(() => undefined);
    }
    const { code, lines } = await run(input(), { store, signals });
    expect([code, echoed(lines).length, store.durable('a')]).toEqual([143, 1, ['{"k":1}']]);
    expect(store.ended).toBe('end');
  });

  it('the first SIGINT changes nothing, the second one stops', async () => {
    const signals = new EventEmitter();
    async function* input(times: number): AsyncGenerator<Buffer> {
      yield Buffer.from(record('a', { k: 1 }) + state('a', 1));
      for (let k = 0; k < times; k++) signals.emit('SIGINT');
      await sleep(10);
      yield Buffer.from(record('a', { k: 2 }) + state('a', 2));
    }
    const once = await run(input(1), { signals });
    expect([once.code, once.store.durable('a').length]).toEqual([0, 2]);
    // A source that says no status may have been stopped by it, too.
    expect(once.store.streams.get('a')?.whole).toBe(undefined);
    const twice = await run(input(2), { signals });
    expect([twice.code, twice.store.durable('a').length]).toEqual([130, 1]);
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });
});
