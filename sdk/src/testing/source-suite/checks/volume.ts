import { setTimeout as sleep } from 'node:timers/promises';
import { endOf, statesAfter } from '../../process/output.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { tail } from '../../suite/workplace.ts';
import { RecordBook } from '../records.ts';
import { configured, isIncremental, type SourceContext } from '../suite.ts';

const MB = 1024 * 1024;
const PAUSE_MS = 2500;
/** What a paused source may still read: pages in flight, buffers. */
const GROWTH_MB = 64;
const QUIET_MS = 3000;

/** Much data, large records, slow readers, data that changes during the read. */
export const volumeChecks: ReadonlyArray<Check<SourceContext>> = [
  {
    rules: [16, 50],
    title: 'a slow reader and much data: bounded memory',
    timeoutMs: 300_000,
    run: async (context) => {
      const { startBig, memoryMb = 300 } = context.options;
      if (!startBig) skip('needs `startBig`');
      const big = await startBig();
      context.owns(() => big.stop());
      const child = await context.startRead({ config: big.config }, { keep: false, timeoutMs: 300_000 });
      await child.reached({ records: 1000 });
      child.pause();
      await sleep(500);
      const before = child.memory();
      if (!before) skip('this system does not tell how much memory a process has');
      await sleep(PAUSE_MS);
      const after = child.memory();
      must(after, 'it ended while nobody was reading: the data are too few to prove anything');
      const grown = (after.now - before.now) / MB;
      must(grown < GROWTH_MB, `it takes in ${Math.round(grown)} MB while nobody reads`);
      child.resume();
      let peak = after.peak;
      const watch = setInterval(() => {
        peak = Math.max(peak, child.memory()?.peak ?? 0);
      }, 100);
      const ended = await child.ended.finally(() => clearInterval(watch));
      must(ended.code === 0, `it ends with ${ended.code ?? ended.signal}`, ended.stderr);
      must(
        child.progress.bytes > 50 * MB,
        `only ${Math.round(child.progress.bytes / MB)} MB came: too few to prove anything`,
      );
      must(peak < memoryMb * MB, `${Math.round(peak / MB)} MB resident, ${memoryMb} MB are allowed`);
    },
  },
  {
    rules: [17],
    title: 'a record over the size limit is cut with meta.changes, never dropped',
    run: async (context) => {
      const { startOversized } = context.options;
      if (!startOversized) skip('needs `startOversized`');
      const opened = await startOversized();
      context.owns(() => opened.stop());
      const ran = await context.read({ config: opened.config }, { timeoutMs: 120_000 });
      must(ran.code === 0, 'a read of a record of more than 20 MB', ran.stderr);
      const LIMIT = 20_000_000;
      const longest = Math.max(
        ...ran.stdout
          .toString('latin1')
          .split('\n')
          .map((line) => line.length),
      );
      must(longest <= LIMIT, `a line has ${longest} characters`);
      const cut = ran.output.records.filter(({ meta }) => meta?.includes('SIZE_LIMITATION'));
      must(cut.length > 0, 'no record says in meta.changes that it was cut');
      for (const { stream, text } of cut) {
        const keys =
          (await context.streams()).find(({ name }) => name === stream)?.source_defined_primary_key ?? [];
        const data = JSON.parse(text) as Record<string, unknown>;
        for (const [key] of keys) must(data[key!] != null, `${stream}: the cut record lost its key ${key}`);
      }
    },
  },
  {
    rules: [48],
    title: 'RECORD or STATE keeps coming over a slow API',
    run: async (context) => {
      const LATENCY = 150;
      const { config } = await context.hostile([{ kind: 'slow-head', ms: LATENCY }]);
      const child = await context.startRead({ config });
      await child.reached({ records: 1, states: 1 });
      let over = false;
      const end = child.ended.then((ended) => {
        over = true;
        return ended;
      });
      let last = performance.now();
      let longest = 0;
      while (!over) {
        const { records, states } = child.progress;
        await Promise.race([child.reached({ records: records + 1, states: states + 1 }), end]);
        if (over) break;
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
      const ended = await end;
      must(ended.code === 0, 'a read over a slow API', tail(ended));
      must(
        longest < QUIET_MS + 10 * LATENCY,
        `${Math.round(longest)} ms without RECORD or STATE at ${LATENCY} ms an answer`,
      );
    },
  },
  {
    rules: [51],
    title: 'data that changes while it is read: nothing missed after the next read',
    run: async (context) => {
      const { fixture, options } = context;
      const { change, config } = await fixture();
      if (!change) skip('needs `change`');
      const streams = (await context.streams()).filter(isIncremental);
      if (streams.length === 0) skip('no stream is incremental');
      const catalog = configured(streams);
      const total = (await context.baseline()).output.records.length;
      const child = await context.startRead({ config, catalog });
      // A slow reader delays the read, so that the changes happen in its middle.
      for (const share of [0, 0.3, 0.6]) {
        await child.reached({ records: Math.max(1, Math.floor(share * total)) });
        child.pause();
        await change();
        child.resume();
      }
      const first = await child.ended;
      must(first.code === 0, 'a read under changes', tail(first));
      const { readOutput } = await import('../../process/output.ts');
      const output = readOutput(first.stdout);
      must(
        streams.every(({ name }) => endOf(output, name) === 'COMPLETE'),
        'a stream is not COMPLETE',
        tail(first),
      );
      const second = await context.read({
        config,
        catalog,
        state: statesAfter(output, output.states.length),
      });
      must(second.code === 0, 'the read after it', tail(second));
      const truth = await context.read({ config, catalog });
      const book = new RecordBook(streams, options);
      mustBeEmpty(
        book.missing(truth.output.records, [...output.records, ...second.output.records]),
        'of what a read from scratch brings, the two reads together',
      );
    },
  },
  {
    rules: [49],
    title: 'a rotated token leaves as CONTROL with the whole config, before anything is read with it',
    run: async (context) => {
      const { startRotating } = context.options;
      if (!startRotating) skip('needs `startRotating`');
      const opened = await startRotating();
      context.owns(() => opened.stop());
      const before = opened.token();
      const ran = await context.read(
        { config: opened.config },
        { env: { HEADRACE_CONTROL: '1', WORKER_JOB_ID: '7' } },
      );
      must(ran.code === 0, 'a read with a rotating token', tail(ran));
      const after = opened.token();
      must(after !== before, 'the token did not rotate: this proves nothing');
      const controls = ran.output.messages.flatMap((message) =>
        message.type === 'CONTROL' ? [message.control] : [],
      );
      const last = controls.at(-1)?.connectorConfig.config;
      must(last, 'no CONTROL', tail(ran));
      must(
        JSON.stringify(last).includes(after),
        'the last CONTROL does not hold the token that the API takes now',
      );
      const kept = (value: object): string => Object.keys(value).sort().join();
      must(
        kept(last) === kept(opened.config),
        'the config in CONTROL is not the whole one',
        Object.keys(last),
      );
      const lines = ran.stdout.toString().split('\n');
      const control = lines.findIndex((line) => line.includes('"CONTROL"'));
      const record = lines.findIndex((line) => line.includes('"RECORD"'));
      must(record === -1 || control < record, 'the CONTROL comes after the first RECORD');
    },
  },
];
