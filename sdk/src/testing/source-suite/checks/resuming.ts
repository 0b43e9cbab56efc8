import type { JsonObject, StateMessage } from '../../../protocol/messages.ts';
import { statesAfter } from '../../process/output.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { type Run, tail } from '../../suite/workplace.ts';
import { RecordBook } from '../records.ts';
import { configured, isIncremental, needsStillData, type SourceContext } from '../suite.ts';

const RESUMES = 25;
const LIVE_RESUMES = 3;
/** 1 January 2999. */
const FUTURE = Date.UTC(2999, 0, 1);

/** Whether states work. */
export const resumingChecks: ReadonlyArray<Check<SourceContext>> = [
  {
    rules: [39],
    title: 'resuming from every emitted state loses nothing',
    cat: 'test_read_sequential_slices',
    timeoutMs: 600_000,
    run: async (context) => {
      const whole = await context.whole();
      const { records, states } = whole.output;
      const findings: string[] = [];
      for (const count of spread(
        states.length,
        context.options.resumes ?? (context.options.live ? LIVE_RESUMES : RESUMES),
      )) {
        const { after } = states[count - 1]!;
        // What a platform has if the connection breaks here: these records and these states.
        const rest = await context.read({ state: statesAfter(whole.output, count) });
        must(rest.code === 0, `the read from state ${count} of ${states.length}`, tail(rest));
        const sent = [...records.slice(0, after), ...rest.output.records];
        const lost = await context.missing(records, sent);
        findings.push(...lost.map((finding) => `from state ${count} of ${states.length}: ${finding}`));
      }
      mustBeEmpty(findings, 'lost by resuming');
    },
  },
  {
    rules: [41],
    title: 'a second read brings no more than the overlap',
    cat: 'test_two_sequential_reads',
    run: async (context) => {
      const streams = await context.streams();
      if (!streams.some(isIncremental)) skip('no stream is incremental');
      const first = await context.whole();
      const second = await context.read({ state: statesAfter(first.output, first.output.states.length) });
      must(second.code === 0, 'the second read', tail(second));
      for (const { name } of streams.filter(isIncremental)) {
        const before = first.output.records.filter(({ stream }) => stream === name).length;
        const again = second.output.records.filter(({ stream }) => stream === name).length;
        must(before < 5 || again < before / 2, `${name}: ${again} of ${before} records came again`);
        must(
          second.output.states.some(({ state }) => state.stream?.stream_descriptor.name === name),
          `${name}: the second read has no state of it`,
          tail(second),
        );
      }
    },
  },
  {
    rules: [41, 51],
    title: 'every incremental stream brings a change with the next read',
    run: async (context) => {
      needsStillData(context);
      const { change, config } = await context.fixture();
      if (!change) skip('needs `change`');
      const streams = (await context.streams()).filter(isIncremental);
      if (streams.length === 0) skip('no stream is incremental');
      const of = { config, catalog: configured(streams) };
      const first = await context.read(of);
      must(first.code === 0, 'the first read', tail(first));
      await change();
      const second = await context.read({
        ...of,
        state: statesAfter(first.output, first.output.states.length),
      });
      must(second.code === 0, 'the read after a change', tail(second));
      const truth = await context.read(of);
      must(truth.code === 0, 'a read from scratch after it', tail(truth));
      const book = new RecordBook(streams, context.options);
      const findings: string[] = [];
      const still: string[] = [];
      for (const { name } of streams) {
        const own = ({ output }: Run) => output.records.filter(({ stream }) => stream === name);
        const both = [...own(first), ...own(second)];
        const isChanged = book.missing(own(truth), own(first)).length > 0;
        // Changes that a read from scratch cannot show (a deletion) count too.
        const isNews = book.missing(both, own(first)).length > 0;
        if (isChanged)
          findings.push(
            ...book.missing(own(truth), both).map((finding) => `${name} does not bring a change: ${finding}`),
          );
        else if (!isNews) still.push(name);
      }
      mustBeEmpty(findings, 'changes that the next read does not bring');
      if (still.length > 0)
        skip(
          `\`change\` changes nothing of ${still.join(', ')}: whether a change of them comes is not known`,
        );
    },
  },
  {
    rules: [41],
    title: 'a far-future state: no records and a state',
    cat: 'test_state_with_abnormally_large_values',
    run: async (context) => {
      const streams = (await context.streams()).filter(isIncremental);
      const first = await context.whole();
      const states = statesAfter(first.output, first.output.states.length);
      let moved = 0;
      const future = states.map((state) => inFuture(state, () => moved++)) as StateMessage[];
      if (moved === 0) skip('its states hold no times');
      const ran = await context.read({ state: future });
      must(ran.code === 0, 'a read from a state of the year 2999', tail(ran));
      for (const { name } of streams) {
        // A state without a time cannot be moved.
        const own = states.find(({ stream }) => stream?.stream_descriptor.name === name);
        let times = 0;
        inFuture(own, () => times++);
        if (times === 0) continue;
        const count = ran.output.records.filter(({ stream }) => stream === name).length;
        must(count === 0, `${name}: ${count} records from a state of the year 2999`);
        must(
          ran.output.states.some(({ state }) => state.stream?.stream_descriptor.name === name),
          `${name} sends no state`,
          tail(ran),
        );
      }
    },
  },
];

/** Numbers from 1 to `count`: all of them, or `most` evenly spread ones including the last. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i + 1);
  return Array.from({ length: most }, (_, i) => Math.round(((i + 1) * count) / most));
}

/** A copy in which every time (ISO text, or ms since 1970) is in the year 2999; `moved` is called for each. */
function inFuture(value: unknown, moved: () => void): unknown {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)) {
    moved();
    return new Date(FUTURE).toISOString().slice(0, value.length <= 10 ? 10 : undefined);
  }
  if (typeof value === 'number' && value > 1e12 && value < 1e13) {
    moved();
    return FUTURE;
  }
  if (Array.isArray(value)) return value.map((one) => inFuture(one, moved));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, one]) => [name, inFuture(one, moved)]),
  );
}
