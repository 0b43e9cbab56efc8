import { ConfigError, SystemError, TransientError } from '../errors.ts';
import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { findStream, streamsOf } from './catalog.ts';
import type { AnySource, OpenStream, Reading, Stream } from './define.ts';
import { type OpenedSource, openSource, type SourceEnv } from './open-source.ts';
import type { Pacing } from './pacing.ts';
import { PageSlots } from './page-slots.ts';
import { readStream, type StreamOutcome, type StreamRun } from './read-stream.ts';
import { StreamOutput } from './stream-output.ts';
import { parseStreamState } from './stream-state.ts';

/** A `read` as the command line gives it. */
export interface ReadRequest {
  readonly source: AnySource;
  /** Validated, with defaults. */
  readonly config: unknown;
  /** Absent: every stream, incremental where it can. */
  readonly catalog?: ConfiguredCatalog;
  /** Saved state per stream name; null: from scratch. */
  readonly states: ReadonlyMap<string, JsonObject | null>;
  /** The destination's commit number that came with the states. */
  readonly stateCommit?: number;
  /** Narrows the streams. */
  readonly streams?: readonly string[];
  readonly limit?: number;
}

export interface ReadEnv extends SourceEnv {
  readonly writer: MessageWriter;
  readonly pacing: Pacing;
}

/** Reads the selected streams side by side. Throws what stops a run before; stream failures are outcomes. */
export async function read(request: ReadRequest, env: ReadEnv): Promise<StreamOutcome[]> {
  const { source, config } = request;
  const running = new Set<StreamOutput>();
  const onThrottled = (until: number): void => {
    env.log.info(`the server asks to wait until ${new Date(until).toISOString()}`);
    for (const output of running) output.rateLimited(until);
  };
  const reading = { streams: wantedStreams(request), states: request.states, signal: env.signal };
  const opened = await openSource(source, config, { ...env, onThrottled }, reading);
  try {
    const selected = select(request, await streamsOf(source, opened.api), source.origin(config));
    const runs = parentsFirst(await permitted(selected, request, opened, env));
    const outputs = new Map(
      runs.map((run) => [run, new StreamOutput(run.name, run.stream, env.writer, env.clock.now)]),
    );
    analytics(env, 'source', source.vendor);
    if (request.stateCommit !== undefined) analytics(env, 'state_commit', String(request.stateCommit));
    for (const output of outputs.values()) {
      output.status('STARTED');
      running.add(output);
    }
    const slots = new PageSlots(PAGES_PER_REQUEST * opened.concurrency, env.signal);
    const ready = () => env.writer.ready();
    const outcomes = await inOrder(runs, async (run, unfinished) => {
      const output = outputs.get(run)!;
      const outcome = await readStream(
        unfinished.length > 0 ? { ...run, stream: blocked(run.stream, run.name, unfinished) } : run,
        { ...env, output, slots, ready, cursorEnv: opened.cursorEnv, now: env.clock.now },
      );
      running.delete(output);
      return outcome;
    });
    await source.close?.(
      opened.api,
      outcomes.every(({ complete }) => complete),
    );
    return outcomes;
  } finally {
    await opened.close();
  }
}

/** A page may be on its way in while another one waits for the writer: more would only take memory. */
const PAGES_PER_REQUEST = 2;

/** Runs every stream once those that it comes `after`, which stand before it, have ended; `unfinished` failed. */
function inOrder(
  runs: readonly StreamRun[],
  work: (run: StreamRun, unfinished: readonly string[]) => Promise<StreamOutcome>,
): Promise<StreamOutcome[]> {
  const outcomes = new Map<string, Promise<StreamOutcome>>();
  for (const run of runs) {
    const parents = run.after.map((name) => outcomes.get(name)).filter((parent) => parent !== undefined);
    outcomes.set(
      run.name,
      Promise.all(parents).then((ended) => {
        // With --limit nothing is complete, and nothing is kept.
        const unfinished = ended.filter(({ complete }) => !complete && run.limit === undefined);
        return work(
          run,
          unfinished.map(({ name }) => name),
        );
      }),
    );
  }
  return Promise.all(outcomes.values());
}

/** @throws SystemError where streams come after each other in a circle */
function parentsFirst(runs: readonly StreamRun[]): StreamRun[] {
  const sorted = new Set<StreamRun>();
  const visit = (run: StreamRun, path: readonly string[]): void => {
    if (sorted.has(run)) return;
    if (path.includes(run.name)) {
      const message = `the streams ${[...path, run.name].join(' → ')} come after each other in a circle`;
      throw new SystemError(message, { code: 'source.circular_streams' });
    }
    for (const parent of runs) if (run.after.includes(parent.name)) visit(parent, [...path, run.name]);
    sorted.add(run);
  };
  for (const run of runs) visit(run, []);
  return [...sorted];
}

/** A stream whose parents are incomplete is not read: its position would pass what the parents lack. */
function blocked(stream: OpenStream, name: string, parents: readonly string[]): OpenStream {
  return {
    ...stream,
    partitions: () => {
      const message = `not read: ${parents.join(', ')}, which it depends on, ended incomplete`;
      return Promise.reject(new TransientError(message, { code: 'stream.parent_incomplete', place: name }));
    },
  };
}

interface Selected {
  readonly stream: Stream<unknown>;
  readonly state: StreamRun['state'];
  readonly full: boolean;
  /** Somebody asked for exactly this stream: it may not be left out. */
  readonly wanted: boolean;
}

/** The streams that somebody named; undefined: all. */
function wantedStreams({ catalog, streams }: ReadRequest): Reading['streams'] {
  if (!catalog) return streams?.map((name) => ({ name, syncMode: 'incremental' }));
  return catalog.streams.filter(({ name }) => !streams || streams.includes(name));
}

function select(
  { catalog, states, streams }: ReadRequest,
  all: readonly Stream<unknown>[],
  origin: string,
): Selected[] {
  for (const name of streams ?? []) findStream(all, name, '--streams');
  const listed = catalog
    ? catalog.streams.map(({ name, syncMode }) => ({
        stream: findStream(all, name, '--catalog'),
        full: syncMode !== 'incremental',
      }))
    : all.map((stream) => ({ stream, full: false }));
  const chosen = listed.filter(({ stream }) => !streams || streams.includes(stream.name));
  if (chosen.length === 0)
    throw new ConfigError('no stream is selected', { code: 'catalog.empty', place: '--catalog' });
  return chosen.map(({ stream, full }) => ({
    stream,
    full: full || stream.cursorField === undefined,
    state: parseStreamState(states.get(stream.name), stream, origin),
    wanted: catalog !== undefined || streams !== undefined || states.has(stream.name),
  }));
}

/** Leaves out what nobody named and the credential may not read; what was named is tried and says so. */
async function permitted(
  selected: readonly Selected[],
  request: ReadRequest,
  opened: OpenedSource,
  env: ReadEnv,
): Promise<StreamRun[]> {
  const runs: StreamRun[] = [];
  for (const { stream, state, full, wanted } of selected) {
    const missing = wanted ? undefined : await stream.access?.(opened.api);
    if (missing) {
      env.log.warn(`${stream.name} is left out: the credential lacks the permission “${missing}”`);
      continue;
    }
    runs.push({
      name: stream.name,
      stream: stream.open(opened.api),
      after: stream.after ?? [],
      state,
      full,
      limit: request.limit,
      missingPermission: async () => (wanted ? stream.access?.(opened.api) : undefined),
    });
  }
  return runs;
}

function analytics(env: ReadEnv, type: string, value: string): void {
  env.writer.message({
    type: 'TRACE',
    trace: { type: 'ANALYTICS', emitted_at: env.clock.now(), analytics: { type, value } },
  });
}
