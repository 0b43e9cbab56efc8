import type { HostileFault } from '../../hostile-api/faults.ts';
import { endOf } from '../../process/output.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { tail } from '../../suite/workplace.ts';
import type { SourceContext } from '../suite.ts';

/** A read with faults must have the same result as a read without. @throws CheckFailed if it does not */
async function mustBeEqual(
  context: SourceContext,
  faults: readonly HostileFault[],
  honest: boolean,
  seed: number,
  needs: string,
): Promise<void> {
  const through = await context.hostile([], seed);
  const { api, config } = through;
  const whole = await context.expected(through);
  api.setFaults(faults);
  const ran = await context.read({ config });
  const met = Object.values(api.stats().met).reduce((sum, count) => sum + count, 0);
  if (met === 0) skip(`none of ${api.stats().requests} requests met a fault: ${needs}`);
  const told = `with ${JSON.stringify(api.stats().met)} of seed ${seed}`;
  const streams = await context.streams();
  if (ran.code !== 0 && honest) {
    // It may fail honestly: what it calls COMPLETE is complete, and an error says why it failed.
    must(ran.output.errors.length > 0, `it fails without a TRACE ERROR ${told}`, tail(ran));
    const complete = new Set(
      streams.map(({ name }) => name).filter((name) => endOf(ran.output, name) === 'COMPLETE'),
    );
    // What a stream that failed refers to comes with its next read.
    if (complete.size < streams.length)
      for (const name of context.options.referenced ?? []) complete.delete(name);
    const due = whole.output.records.filter(({ stream }) => complete.has(stream));
    mustBeEmpty(
      await context.missing(due, ran.output.records),
      `missing from streams that say COMPLETE, ${told}`,
    );
    return;
  }
  must(ran.code === 0, `it fails ${told}`, tail(ran));
  mustBeEmpty(
    await context.differences(whole.output.records, ran.output.records),
    `compared with an untouched read, ${told}`,
  );
}

function equalUnder(
  rules: readonly number[],
  title: string,
  faults: readonly HostileFault[],
  honest = false,
  needs = 'more data is needed',
): Check<SourceContext> {
  return {
    rules,
    title,
    run: async (context) => {
      for (const seed of context.options.seeds ?? [1])
        await mustBeEqual(context, faults, honest, seed, needs);
    },
  };
}

const rate = 0.25;
/** A read with temporary faults must have the same result as a read without. */
export const faultChecks: ReadonlyArray<Check<SourceContext>> = [
  equalUnder([32], 'answers of 500, 502 and 503 are asked for again, and the result is the same', [
    { kind: 'status', status: 500, rate },
    { kind: 'bad-gateway', rate },
    { kind: 'unavailable', rate, seconds: 0 },
  ]),
  equalUnder([32], 'reset and closed connections too', [
    { kind: 'reset', rate },
    { kind: 'reset-in-body', rate },
    { kind: 'cut-short', rate },
    { kind: 'cut-chunks', rate },
  ]),
  equalUnder(
    [32, 34],
    'cut and empty bodies are not taken for pages',
    [
      { kind: 'cut-body', rate },
      { kind: 'cut-gzip', rate },
      { kind: 'empty-body', rate },
    ],
    true,
  ),
  equalUnder(
    [32, 34],
    'web pages and JSON of another shape are not taken for pages: the same result, or an honest failure',
    [
      // Only a few: each may end a partition, and the complete partitions are compared.
      { kind: 'html', every: 4, after: 3, times: 2 },
      { kind: 'empty-object', every: 5, after: 3, times: 2 },
    ],
    true,
  ),
  equalUnder([31], '429 with and without Retry-After: waited for, and the result is the same', [
    // A client slows down for a while after each of them, so use only a few.
    { kind: 'throttle', rate, times: 3 },
    { kind: 'throttle-seconds', seconds: 0, rate, times: 3 },
    { kind: 'throttle-date', seconds: 0, rate, times: 1 },
  ]),
  equalUnder(
    [34, 51],
    'a page that comes twice: the same result, or an honest failure',
    // Every page, until it has been repeated twice: with few pages, a fraction might be none.
    [{ kind: 'previous-page', rate: 1 }],
    true,
    'it needs a list of more pages than one, told by a token, an offset or a number',
  ),
  equalUnder([48], 'slow answers and answers without a Date', [
    { kind: 'slow-head', ms: 50, rate },
    { kind: 'slow-body', ms: 50, rate },
    { kind: 'no-date', rate },
  ]),
];
