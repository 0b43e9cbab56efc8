import { endsWithin, runProcess } from '../../process/connector-process.ts';
import { statesAfter } from '../../process/output.ts';
import { Random } from '../../process/random.ts';
import { type Check, must, mustBeEmpty, skip } from '../../suite/check.ts';
import { asRun, type Run, tail } from '../../suite/workplace.ts';
import { record, some, state, status } from '../lines.ts';
import { type DestinationContext, positionsOf } from '../suite.ts';

const STREAMS = ['a', 'b'] as const;
/** Records between two states. `b` has few states, so that its last records are usually not covered by one. */
const EVERY = { a: 20, b: 70 } as const;

const PROMPT_MS = 15_000;

type Positions = Readonly<Record<string, number>>;

/**
 * What a source would send from these positions up to `total`: both streams interleaved, a few lines at a time.
 */
function* sourceFrom(from: Positions, total: number): Generator<string> {
  const at: Record<string, number> = { a: from.a ?? 0, b: from.b ?? 0 };
  const since: Record<string, number> = { a: 0, b: 0 };
  yield STREAMS.map((name) => status({ name }, 'STARTED')).join('');
  for (let n = 0; n < total; n++) {
    let text = '';
    for (const name of STREAMS) {
      const k = at[name]!;
      if (k >= total) continue;
      text += record(name, { id: k, text: 'größe 🚀 '.repeat(20 + (k % 40)) });
      at[name] = k + 1;
      since[name]!++;
      if ((k + 1) % EVERY[name] === 0 || k + 1 === total) {
        text += state({ name }, { at: k + 1 }, since[name]!);
        since[name] = 0;
      }
    }
    if (text !== '') yield text;
  }
  yield STREAMS.map((name) => status({ name }, 'COMPLETE')).join('');
}

/** Where the next run resumes: from the states that the destination stores, otherwise from the echoes so far. */
async function committed({ fixture }: DestinationContext, echoed: Positions): Promise<Positions> {
  const { states } = await fixture();
  return states ? positionsOf(await states()) : echoed;
}

function echoedBy({ output }: Run, before: Positions): Positions {
  return { ...before, ...positionsOf(statesAfter(output, output.states.length)) };
}

async function mustBeStored(context: DestinationContext, upTo: Positions, once: boolean): Promise<void> {
  const seen = new Map<string, number>();
  for (const { stream, data } of await context.stored()) {
    const key = `${stream} ${(data as { id: number }).id}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const findings: string[] = [];
  for (const name of STREAMS)
    for (let k = 0; k < (upTo[name] ?? 0); k++) {
      const times = seen.get(`${name} ${k}`) ?? 0;
      if (times === 0) findings.push(`missing: ${name} ${k}`);
      else if (once && times > 1) findings.push(`${times} times: ${name} ${k}`);
    }
  mustBeEmpty(findings, 'of the records before a state');
}

/** What is left if a write does not complete. */
export const crashChecks: ReadonlyArray<Check<DestinationContext>> = [
  {
    rules: [54],
    title: 'kill -9 after echoes, and runs that go on: everything before an echo is stored',
    timeoutMs: 300_000,
    run: async (context) => {
      const { kills = 8, exactlyOnce = false } = context.options;
      const total = 160 * kills;
      const random = new Random(7);
      let echoed: Positions = {};
      let cut = 0;
      for (let kill = 0; kill < kills; kill++) {
        const from = await committed(context, echoed);
        for (const name of STREAMS)
          must(
            (from[name] ?? 0) >= (echoed[name] ?? 0),
            `${name}: ${echoed[name]} was echoed, ${from[name] ?? 0} is kept`,
          );
        const child = await context.startWrite();
        // Kills are tied to progress: send some records, wait for their echoes, send some more, then kill.
        const upTo = EVERY.a + random.below(total / kills);
        const wanted = kill % 4 === 0 ? 0 : 1 + random.below(2);
        const more = random.below(3 * EVERY.a);
        let sent = 0;
        let states = 0;
        for (const text of sourceFrom(from, total)) {
          await child.write(text);
          states += text.split('"type":"STATE"').length - 1;
          const due = Math.min(wanted, states);
          if (++sent === upTo && due > 0) await child.reached({ states: due });
          if (sent === upTo + more) break;
        }
        const ended = await child.killAt({});
        must(ended.killed, 'it ended by itself', tail(ended));
        echoed = echoedBy(asRun(ended), echoed);
        if (sent > (echoed.a ?? 0) - (from.a ?? 0)) cut++;
      }
      // A kill after the end proves nothing.
      must(cut >= kills / 2, `only ${cut} of ${kills} kills came between records and their echo`);
      const rest = [...sourceFrom(await committed(context, echoed), total)].join('');
      const last = await context.write(rest);
      must(last.code === 0, 'the last run', tail(last));
      const { states } = await context.fixture();
      await mustBeStored(context, { a: total, b: total }, exactlyOnce && states !== undefined);
    },
  },
  {
    rules: [8, 54],
    title: 'SIGTERM: a prompt end, and everything before an echo is stored',
    run: async (context) => {
      const child = await context.startWrite();
      let sent = 0;
      for (const text of sourceFrom({}, 400)) {
        await child.write(text);
        if (++sent === 200) break;
      }
      await child.reached({ states: 1 });
      child.child.kill('SIGTERM');
      const gone = await endsWithin(child, PROMPT_MS);
      must(gone, 'it takes more than 15 s to end');
      const ended = asRun(gone);
      must(
        ended.signal === 'SIGTERM' || ended.code === 0,
        `it ends with ${ended.code ?? ended.signal}: clients take 0 and the signal`,
        tail(ended),
      );
      const echoed = echoedBy(ended, {});
      const last = await context.write([...sourceFrom(await committed(context, echoed), 400)].join(''));
      must(last.code === 0, 'the run after it', tail(last));
      const { exactlyOnce = false } = context.options;
      const { states } = await context.fixture();
      await mustBeStored(context, { a: 400, b: 400 }, exactlyOnce && states !== undefined);
    },
  },
  {
    rules: [9],
    title: 'stdout closed early: no hang, no storm, no talk of EPIPE; what was echoed is stored',
    run: async (context) => {
      const child = await context.startWrite();
      let sent = 0;
      for (const text of sourceFrom({}, 400)) {
        await child.write(text);
        if (++sent === 100) await child.reached({ states: 1 });
        if (sent === 101) child.child.stdout!.destroy();
        if (sent === 300) break;
      }
      child.end();
      const ended = await endsWithin(child, PROMPT_MS);
      must(ended, 'it goes on after its reader is gone and its input has ended');
      const { stderr } = ended;
      must(stderr.length < 4096 && !/EPIPE/.test(stderr), 'it speaks of it on stderr', stderr);
      const echoed = echoedBy(asRun(ended), {});
      const last = await context.write([...sourceFrom(await committed(context, echoed), 400)].join(''));
      must(last.code === 0, 'the run after it', tail(last));
      await mustBeStored(context, { a: 400, b: 400 }, false);
    },
  },
  {
    rules: [65],
    title: 'a full disk: TRACE, not 0, nothing acknowledged is lost',
    run: async (context) => {
      const { startFull } = context.options;
      if (!startFull) skip('needs `startFull`');
      const full = await startFull();
      context.owns(() => full.stop());
      let input = status({ name: 'a' }, 'STARTED');
      for (let i = 0; i < 200; i++)
        input +=
          some(100, 100 * i, { pad: String(i).repeat(1000) })
            .map((data) => record('a', data))
            .join('') + state({ name: 'a' }, { at: 100 * (i + 1) }, 100);
      const { command = context.options.command } = full;
      const config = context.files.write(full.config);
      const ran = asRun(
        await runProcess([...command, 'write', '--config', config], {
          env: context.options.env,
          stdin: input,
        }),
      );
      must(ran.code !== 0 && ran.output.errors.length > 0, 'a write to a full disk', tail(ran));
      const echoed = echoedBy(ran, {}).a ?? 0;
      const ids = new Set<number>();
      for await (const { data } of full.stored()) ids.add((data as { id: number }).id);
      const lost = Array.from({ length: echoed }, (_, id) => id).filter((id) => !ids.has(id));
      mustBeEmpty(lost.map(String), `lost of the ${echoed} records before the last echo`);
    },
  },
  {
    rules: [7],
    title: 'an input that ends too early or in a TRACE ERROR: not 0, what its states cover is stored',
    run: async (context) => {
      const records = some(30);
      const covered =
        records
          .slice(0, 20)
          .map((data) => record('a', data))
          .join('') + state({ name: 'a' }, { at: 20 }, 20);
      const rest = records
        .slice(20)
        .map((data) => record('a', data))
        .join('');
      const begin = status({ name: 'a' }, 'STARTED');
      const error = `${JSON.stringify({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error: { message: 'the source failed', failure_type: 'system_error' } } })}\n`;
      for (const [what, input] of [
        ['an input without an end', begin + covered + rest],
        ['an input that says INCOMPLETE', begin + covered + rest + status({ name: 'a' }, 'INCOMPLETE')],
        ['an input with a TRACE ERROR', begin + covered + error],
        ['an input that is cut in the middle of a line', (begin + covered + rest).slice(0, -30)],
        ['no input at all', ''],
      ] as const) {
        const ran = await context.write(input);
        must(ran.code !== 0, `${what}: it says that all is well`, tail(ran));
        if (input !== '')
          must(ran.output.states.length === 1, `${what}: the state before it is not echoed`, tail(ran));
      }
      const ids = new Set((await context.stored()).map(({ data }) => (data as { id: number }).id));
      mustBeEmpty(
        records
          .slice(0, 20)
          .filter(({ id }) => !ids.has(id as number))
          .map(({ id }) => String(id)),
        'missing',
      );
    },
  },
];
