import { isUtf8 } from 'node:buffer';
import { checkMessages } from '../../messages/check-messages.ts';
import { endOf } from '../../process/output.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { tail } from '../../suite/workplace.ts';
import { schemaFindings } from '../schemas.ts';
import { configured, isIncremental, namesOf, type SourceContext } from '../suite.ts';

/** A check that the full read without faults follows one rule of the protocol checker. */
function rule(number: number, title: string, cat?: string): Check<SourceContext> {
  return {
    rules: [number],
    title,
    cat,
    run: async ({ baseline, streams }) => {
      const { stdout } = await baseline();
      const findings = checkMessages(stdout, { command: 'read', streams: namesOf(await streams()) });
      mustBeEmpty(
        findings
          .filter((finding) => finding.rule === number)
          .map(({ line, message }) => `line ${line}: ${message}`),
        'the output of a whole read',
      );
    },
  };
}

/** The output of a `read` without faults. */
export const readingChecks: ReadonlyArray<Check<SourceContext>> = [
  rule(10, 'each line is one message, valid by the protocol’s schema', 'test_read'),
  {
    rules: [11],
    title: 'UTF-8, no raw carriage return',
    run: async (context) => {
      const { stdout } = await context.baseline();
      must(isUtf8(stdout), 'the output is not UTF-8');
      await rule(11, '').run(context);
    },
  },
  rule(12, 'no empty records'),
  rule(13, 'records only for configured streams'),
  rule(15, 'emitted_at is a whole number of ms'),
  {
    rules: [18],
    title: 'little on stderr, with LOG_LEVEL=debug too',
    run: async ({ read, fixture }) => {
      await fixture();
      const { stderr } = await read({}, { env: { LOG_LEVEL: 'debug' } });
      must(
        stderr.length < 8192,
        `${stderr.length} bytes: a client that does not drain stderr hangs at 64 kB`,
        stderr,
      );
    },
  },
  rule(29, 'STARTED, RUNNING, COMPLETE per stream', 'test_read (stream statuses)'),
  rule(35, 'at least one STATE per stream, none with records behind it'),
  rule(36, 'sourceStats.recordCount equals the records since the stream’s last state'),
  rule(37, 'no LEGACY and no mixed states'),
  rule(38, 'no two equal states with records between them'),
  {
    rules: [29, 35],
    title: 'every stream has records, or is known to be empty',
    cat: 'test_read (empty streams)',
    run: async ({ baseline, streams, options }) => {
      const { output } = await baseline();
      const sent = new Set(output.records.map(({ stream }) => stream));
      const empty = (await streams()).map(({ name }) => name).filter((name) => !sent.has(name));
      mustBeEmpty(
        empty.filter((name) => !options.mayBeEmpty?.includes(name)),
        'without a record',
      );
    },
  },
  {
    rules: [34],
    title: 'a whole read brings as many records as the API holds',
    run: async ({ fixture, expected }) => {
      const { counts } = await fixture();
      if (!counts) skip('needs `counts`');
      const { output } = await expected();
      for (const [name, count] of Object.entries(counts)) {
        const sent = output.records.filter(({ stream }) => stream === name).length;
        must(sent === count, `${name}: ${sent} records came, the API holds ${count}`);
      }
    },
  },
  {
    rules: [47],
    title: 'records match their schema strictly, keys are not null',
    cat: 'test_read (schema, keys)',
    run: async ({ baseline, streams, options }) => {
      const { output } = await baseline();
      mustBeEmpty(schemaFindings(await streams(), output.records, options.extraColumns ?? []), 'records');
    },
  },
  {
    rules: [45],
    title: 'full refresh is repeatable',
    cat: 'test_sequential_reads',
    run: async ({ read, streams, missing }) => {
      const catalog = configured(await streams(), 'full_refresh');
      const first = await read({ catalog });
      const second = await read({ catalog });
      must(first.code === 0 && second.code === 0, 'two full reads', () => tail(first)() + tail(second)());
      mustBeEmpty(await missing(first.output.records, second.output.records), 'the second read');
      const latest = Math.max(...first.output.records.map(({ emittedAt }) => emittedAt ?? 0));
      const earliest = Math.min(...second.output.records.map(({ emittedAt }) => emittedAt ?? 0));
      must(
        earliest >= latest,
        `emitted_at of the second read (${earliest}) is before the first's (${latest})`,
      );
    },
  },
  {
    rules: [44],
    title: 'a full-refresh-only stream configured incremental is accepted',
    run: async ({ read, streams, baseline, options }) => {
      const all = await streams();
      if (all.every(isIncremental)) skip('every stream is incremental');
      const ran = await read({ catalog: configured(all, 'incremental') });
      must(ran.code === 0, 'a read with every stream incremental', tail(ran));
      for (const { name } of all)
        must(endOf(ran.output, name) === 'COMPLETE', `${name} is not COMPLETE`, tail(ran));
      const counts = (records: readonly { stream: string }[]): string =>
        JSON.stringify(all.map(({ name }) => records.filter(({ stream }) => stream === name).length));
      const whole = (await baseline()).output.records;
      must(
        options.live || counts(ran.output.records) === counts(whole),
        `${counts(ran.output.records)} records, not ${counts(whole)}`,
      );
    },
  },
  {
    rules: [46],
    title: 'a catalog with an unknown stream: TRACE ERROR and not 0',
    cat: 'test_read (missing stream)',
    run: async ({ read, streams }) => {
      const [one] = await streams();
      const catalog = configured([...(await streams()), { ...one!, name: 'no_such_stream_zz' }]);
      const ran = await read({ catalog });
      must(
        ran.code !== 0 && ran.output.errors.length > 0,
        'a read of a stream that does not exist',
        tail(ran),
      );
    },
  },
];
