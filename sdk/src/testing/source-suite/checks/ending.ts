import { checkMessages } from '../../messages/check-messages.ts';
import { endsWithin } from '../../process/connector-process.ts';
import { statesAfter } from '../../process/output.ts';
import { type Check, must, mustBeEmpty } from '../../suite/check.ts';
import { asRun, type Run, tail } from '../../suite/workplace.ts';
import { namesOf, type SourceContext } from '../suite.ts';

const PROMPT_MS = 15_000;
/** Requests that were decided on before the signal may still be sent within this time. */
const QUIET_MS = 1500;

/** Points at which to stop a read, as fractions of its records. */
async function points(context: SourceContext, shares: readonly number[]): Promise<number[]> {
  const total = (await context.baseline()).output.records.length;
  return shares.map((share) => Math.max(1, Math.floor(share * total)));
}

/** Resumes a stopped read and runs it to the end; returns all records that were handed over, in order. */
async function readOn(
  context: SourceContext,
  stopped: Run,
  config?: object,
): Promise<Run['output']['records']> {
  const rest = await context.read({
    config,
    state: statesAfter(stopped.output, stopped.output.states.length),
  });
  must(rest.code === 0, 'the read that goes on', tail(rest));
  return [...stopped.output.records, ...rest.output.records];
}

async function mustBeWhole(
  context: SourceContext,
  sent: Run['output']['records'],
  what: string,
  through?: Parameters<SourceContext['expected']>[0],
): Promise<void> {
  const { output } = await context.expected(through);
  mustBeEmpty(await context.missing(output.records, sent), what);
}

/** How a read ends if it is not allowed to complete. */
export const endingChecks: ReadonlyArray<Check<SourceContext>> = [
  {
    rules: [8],
    title: 'SIGTERM: the last safe state is out, a prompt end by the signal, nothing lost',
    run: async (context) => {
      const { baseUrl } = await context.fixture();
      // If possible, over a slow API, so that the read is in its middle when it is told to stop.
      const slow = baseUrl && context.options.withBaseUrl ? await context.hostile([]) : undefined;
      const { config, api } = slow ?? {};
      for (const records of await points(context, [0.01, 0.5])) {
        api?.setFaults([{ kind: 'slow-head', ms: 300 }]);
        const child = await context.startRead({ config });
        await child.reached({ records });
        const at = Date.now();
        child.child.kill('SIGTERM');
        const ended = await endsWithin(child, PROMPT_MS);
        must(ended, 'it takes more than 15 s to end');
        const stopped = asRun(ended);
        const later = api?.log().filter((entry) => entry.at > at + QUIET_MS) ?? [];
        must(
          later.length === 0,
          `it goes on asking: ${later.length} requests later than ${QUIET_MS} ms after SIGTERM`,
        );
        // What is read from here on need not be slow.
        api?.setFaults([]);
        const { code, signal } = stopped;
        must(
          signal === 'SIGTERM' || code === 0,
          `it ends with ${code ?? signal}: clients take 0 and the signal, and 143 for an error`,
          tail(stopped),
        );
        must(
          !stopped.output.errors.some(({ failure_type }) => failure_type === 'system_error'),
          'it says a system_error',
          tail(stopped),
        );
        const findings = checkMessages(stopped.stdout, {
          command: 'read',
          streams: namesOf(await context.streams()),
        });
        // Only a complete read has these: the final statuses.
        mustBeEmpty(
          findings
            .filter(({ rule }) => rule !== 29 && rule !== 35)
            .map(({ line, message }) => `line ${line}: ${message}`),
          'the output of a stopped read',
        );
        await mustBeWhole(
          context,
          await readOn(context, stopped, config),
          `stopped after ${records} records`,
          slow,
        );
      }
    },
  },
  {
    rules: [9],
    title: 'stdout closed early: no hang, no storm, no talk of EPIPE',
    run: async (context) => {
      for (const records of [1, ...(await points(context, [0.5]))]) {
        const child = await context.startRead();
        await child.reached({ records });
        child.child.stdout!.destroy();
        const ended = await endsWithin(child, PROMPT_MS);
        must(ended, 'it goes on after its reader is gone');
        const { stderr } = ended;
        must(stderr.length < 4096, 'a storm on stderr', stderr);
        must(!/EPIPE/.test(stderr), 'it speaks of EPIPE', stderr);
      }
    },
  },
  {
    rules: [40],
    title: 'kill -9 and resume loses nothing',
    run: async (context) => {
      for (const records of await points(context, [0.02, 0.3, 0.6, 0.95])) {
        const child = await context.startRead();
        const { killed, ...stopped } = await child.killAt({ records });
        must(killed || stopped.code === 0, 'it ended by itself', tail(stopped));
        await mustBeWhole(context, await readOn(context, asRun(stopped)), `killed after ${records} records`);
      }
    },
  },
];
