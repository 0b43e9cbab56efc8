import { endOf, statusesOf } from '../../process/output.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { type Run, tail } from '../../suite/workplace.ts';
import { groupsOf } from '../groups.ts';
import { exactly, type OwnRequests } from '../requests.ts';
import { configured, needsStillData, type SourceContext, secretsIn } from '../suite.ts';

/** The requests of each stream that no other stream makes, for the streams that have any. */
async function targets(context: SourceContext): Promise<OwnRequests[]> {
  const found = (await context.ownRequests()).filter(({ paths }) => paths.length > 0);
  if (found.length === 0) skip('no stream has a request of its own');
  return found;
}

/** Whether a stream whose request failed is complete nevertheless, because other requests brought everything. */
async function cameAnyway(context: SourceContext, stream: string, whole: Run, ran: Run): Promise<boolean> {
  if (endOf(ran.output, stream) !== 'COMPLETE') return false;
  const due = whole.output.records.filter((record) => record.stream === stream);
  return due.length > 0 && (await context.missing(due, ran.output.records)).length === 0;
}

/** A request that was sent arrives within this time. */
const ON_ITS_WAY_MS = 1000;

/** How a read handles an API that throttles, fails permanently, or sends invalid data. */
export const troubleChecks: ReadonlyArray<Check<SourceContext>> = [
  {
    rules: [31],
    title: 'Retry-After is obeyed, and a long wait is told as RATE_LIMITED with quota_reset',
    run: async (context) => {
      const { api, config } = await context.hostile([]);
      const [target] = await targets(context);
      const SECONDS = 6;
      api.setFaults([
        { kind: 'throttle-seconds', seconds: SECONDS, times: 1, only: exactly(target!.paths[0]!) },
      ]);
      const before = api.log().length;
      const stream = (await context.streams()).find(({ name }) => name === target!.stream)!;
      const ran = await context.read({ config, catalog: configured([stream]) });
      must(ran.code === 0, `a read that is throttled for ${SECONDS} s`, tail(ran));
      const log = api.log().slice(before);
      const throttled = log.find(({ met }) => met === 'throttle-seconds');
      must(throttled, 'no request was throttled');
      // Requests that were already on their way when the throttling began don't count.
      const asked = throttled.at + ON_ITS_WAY_MS;
      const again = log.find(({ line, at, met }) => line === throttled.line && at >= asked && !met);
      must(again, 'the throttled request was not sent again');
      const waited = again.at - throttled.at;
      must(waited >= SECONDS * 1000 - 50, `Retry-After said ${SECONDS} s, it came again after ${waited} ms`);
      const limited = statusesOf(ran.output, stream.name).filter(({ reasons }) =>
        reasons?.some(({ type }) => type === 'RATE_LIMITED'),
      );
      must(limited.length > 0, 'no STREAM_STATUS with the reason RATE_LIMITED', tail(ran));
      const reset = limited[0]!.reasons![0]!.rate_limited?.quota_reset;
      const off = (reset ?? 0) - (throttled.at + SECONDS * 1000);
      must(Math.abs(off) < 3000, `quota_reset is ${off} ms away from what the answer said`);
    },
  },
  {
    rules: [23, 32],
    title: 'an API that fails for good: TRACE ERROR of transient_error, INCOMPLETE, not 0',
    run: async (context) => {
      const { config } = await context.hostile([{ kind: 'status', status: 500 }]);
      const ran = await context.read({ config });
      must(ran.code !== 0, 'it says that all is well', tail(ran));
      must(
        ran.output.errors.some(({ failure_type }) => failure_type === 'transient_error'),
        'no TRACE ERROR of transient_error',
        tail(ran),
      );
      for (const { name } of await context.streams())
        must(endOf(ran.output, name) !== 'COMPLETE', `${name} says COMPLETE`, tail(ran));
    },
  },
  {
    rules: [23],
    title: 'an API that answers something else entirely: TRACE ERROR and not 0; check says FAILED',
    run: async (context) => {
      const { config, api } = await context.hostile([{ kind: 'html' }]);
      const checked = await context.run(['check', '--config', context.files.write(config)]);
      const said = checked.output.messages.filter(({ type }) => type === 'CONNECTION_STATUS');
      must(
        said.length === 1 &&
          said[0]!.type === 'CONNECTION_STATUS' &&
          said[0]!.connectionStatus.status === 'FAILED',
        'a check that gets html for every answer does not say FAILED once',
        tail(checked),
      );
      for (const kind of ['html', 'empty-object', 'empty-body'] as const) {
        api.setFaults([{ kind }]);
        const ran = await context.read({ config });
        must(
          ran.code !== 0 && ran.output.errors.length > 0,
          `a read that gets ${kind} for every answer`,
          tail(ran),
        );
      }
    },
  },
  {
    rules: [33],
    title: '401 in mid-sync: config_error, INCOMPLETE, not 0',
    run: async (context) => {
      const { config, api } = await context.hostile([]);
      const { requests } = await context.untouched();
      api.setFaults([{ kind: 'status', status: 401, after: Math.floor(requests.length / 2) }]);
      const ran = await context.read({ config });
      must(ran.code !== 0, 'it says that all is well', tail(ran));
      must(
        ran.output.errors.some(({ failure_type }) => failure_type === 'config_error'),
        'no TRACE ERROR of config_error',
        tail(ran),
      );
      const ends = (await context.streams()).map(({ name }) => endOf(ran.output, name));
      must(ends.includes('INCOMPLETE'), 'no stream is INCOMPLETE', tail(ran));
    },
  },
  {
    rules: [30],
    title: 'a failing stream: INCOMPLETE and a TRACE with its descriptor; the others finish; not 0',
    // With many streams, several groups of them are read alone, and then fail.
    timeoutMs: 300_000,
    run: async (context) => {
      const through = await context.hostile([]);
      const { config, api } = through;
      const whole = await context.expected(through);
      const found = await targets(context);
      const streams = await context.streams();
      for (const group of groupsOf(found).groups) {
        const names = group.map(({ stream }) => stream);
        // The last of a stream's requests: what came before it must not be lost either (one partition fails).
        api.setFaults(
          group.map(({ paths }) => ({ kind: 'status', status: 500, only: exactly(paths.at(-1)!) }) as const),
        );
        // First in the catalog, so that the other streams come after the failures.
        const failing = streams.filter(({ name }) => names.includes(name));
        const catalog = configured([...failing, ...streams.filter(({ name }) => !names.includes(name))]);
        const ran = await context.read({ config, catalog });
        for (const stream of names) {
          if (await cameAnyway(context, stream, whole, ran)) continue;
          must(ran.code !== 0, `${names} fail and all is said to be well`, tail(ran));
          must(endOf(ran.output, stream) === 'INCOMPLETE', `${stream} is not INCOMPLETE`, tail(ran));
          must(
            ran.output.errors.some(({ stream_descriptor }) => stream_descriptor?.name === stream),
            `no TRACE ERROR names ${stream}`,
            tail(ran),
          );
        }
        const others = streams.filter(
          ({ name }) => !names.includes(name) && endOf(ran.output, name) === 'COMPLETE',
        );
        const due = whole.output.records.filter((record) =>
          others.some(({ name }) => name === record.stream),
        );
        mustBeEmpty(await context.missing(due, ran.output.records), `of the streams beside ${names}`);
        // A stream that depends on a failed one may be incomplete; an unrelated stream must be complete.
        must(streams.length === 1 || others.length > 0, `every stream fails with ${names}`, tail(ran));
      }
    },
  },
  ...[400, 403, 404].map(
    (status): Check<SourceContext> => ({
      rules: [34],
      title: `a ${status} never drops data silently`,
      run: async (context) => {
        const through = await context.hostile([]);
        const { config, api } = through;
        const found = (await targets(context)).filter(
          ({ stream }) => !context.options.skips?.includes(stream),
        );
        if (found.length === 0) skip('every stream is said to skip');
        api.setFaults(
          found.map(({ paths }) => ({ kind: 'status', status, only: exactly(paths.at(-1)!) }) as const),
        );
        const ran = await context.read({ config });
        const whole = await context.expected(through);
        for (const { stream } of found) {
          if (await cameAnyway(context, stream, whole, ran)) continue;
          must(ran.code !== 0, `answers of ${status} and all is said to be well`, tail(ran));
          must(
            endOf(ran.output, stream) === 'INCOMPLETE',
            `${stream} got a ${status} and is not INCOMPLETE`,
            tail(ran),
          );
        }
      },
    }),
  ),
  {
    rules: [14],
    title: 'secrets appear nowhere, also where the API repeats them in an error',
    run: async (context) => {
      const { config, api } = await context.hostile([]);
      const secrets = await secretsIn(context, config);
      if (secrets.isEmpty) skip('the spec marks nothing of the config as secret');
      const file = context.files.write(config);
      const told: string[] = [];
      const look = (what: string, { stdout, stderr }: Run): void => {
        // Checks everything that is printed, including the states: nothing scrubs a state (invariant 6).
        told.push(...secrets.find(stdout.toString() + stderr).map((text) => `${what} tells ${text}`));
      };
      const env = { LOG_LEVEL: 'trace' };
      look('a read', await context.read({ config }, { env }));
      for (const kind of ['tell-headers', 'status', 'reset', 'html'] as const) {
        api.setFaults([{ kind }]);
        look(`a read that meets ${kind}`, await context.read({ config }, { env }));
      }
      api.setFaults([{ kind: 'tell-headers' }]);
      look('a check that meets tell-headers', await context.run(['check', '--config', file], { env }));
      const broken = context.files.write(`${JSON.stringify(config).slice(0, -1)},}`);
      look('a check of a broken config', await context.run(['check', '--config', broken], { env }));
      mustBeEmpty(told, 'secrets on stdout or stderr');
    },
  },
  {
    rules: [11],
    title: 'bytes that are no UTF-8 are replaced and recorded, the record is not lost',
    run: async (context) => {
      needsStillData(context);
      const through = await context.hostile([]);
      const { config, api } = through;
      const whole = await context.expected(through);
      // For every stream: in some response the byte falls inside a record.
      api.setFaults(
        (await targets(context)).map(
          ({ paths }) => ({ kind: 'bad-utf8', times: 1, only: exactly(paths.at(-1)!) }) as const,
        ),
      );
      const ran = await context.read({ config });
      if (api.stats().met['bad-utf8'] === undefined) skip('no request met the fault');
      must(ran.code === 0, 'a read with a byte that is no UTF-8', tail(ran));
      const counts = [whole, ran].map(({ output }) => output.records.length);
      must(counts[0] === counts[1], `${counts[1]} records instead of ${counts[0]}`, tail(ran));
      const { isUtf8 } = await import('node:buffer');
      must(isUtf8(ran.stdout), 'the output is not UTF-8');
      const replaced = ran.output.records.filter(({ text }) => text.includes('\ufffd'));
      // If the byte fell outside a record, there is nothing to see.
      if (replaced.length === 0) skip('the byte fell outside of the records');
      must(
        replaced.every(({ meta }) => meta?.includes('SOURCE_SERIALIZATION_ERROR')),
        'the change is not in meta.changes',
        replaced[0],
      );
    },
  },
];
