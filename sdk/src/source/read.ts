import { ConfigError } from '../errors.ts';
import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { findStream } from './catalog.ts';
import type { AnySource, Stream } from './define.ts';
import { type OpenedSource, openSource, type SourceEnv } from './open-source.ts';
import type { Pacing } from './pacing.ts';
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

/** Reads the selected streams. Throws what stops a run before its first stream; stream failures are outcomes. */
export async function read(request: ReadRequest, env: ReadEnv): Promise<StreamOutcome[]> {
  const { source, config } = request;
  const running = new Set<StreamOutput>();
  const onThrottled = (until: number): void => {
    env.log.info(`the server asks to wait until ${new Date(until).toISOString()}`);
    for (const output of running) output.rateLimited(until);
  };
  const selected = select(request, source.origin(config));
  const opened = await openSource(source, config, { ...env, onThrottled });
  try {
    const runs = await permitted(selected, request, opened, env);
    const outputs = runs.map((run) => ({
      run,
      output: new StreamOutput(run.name, run.stream, env.writer, env.clock.now),
    }));
    analytics(env, 'source', source.vendor);
    if (request.stateCommit !== undefined) analytics(env, 'state_commit', String(request.stateCommit));
    for (const { output } of outputs) output.status('STARTED');
    const outcomes: StreamOutcome[] = [];
    for (const { run, output } of outputs) {
      running.add(output);
      const ready = () => env.writer.ready();
      outcomes.push(
        await readStream(run, { ...env, output, ready, cursorEnv: opened.cursorEnv, now: env.clock.now }),
      );
      running.delete(output);
    }
    return outcomes;
  } finally {
    await opened.close();
  }
}

interface Selected {
  readonly stream: Stream<unknown>;
  readonly state: StreamRun['state'];
  readonly full: boolean;
  /** Somebody asked for exactly this stream: it may not be left out. */
  readonly wanted: boolean;
}

function select({ source, catalog, states, streams }: ReadRequest, origin: string): Selected[] {
  for (const name of streams ?? []) findStream(source.streams, name, '--streams');
  const listed = catalog
    ? catalog.streams.map(({ name, syncMode }) => ({
        stream: findStream(source.streams, name, '--catalog'),
        full: syncMode !== 'incremental',
      }))
    : source.streams.map((stream) => ({ stream, full: false }));
  const chosen = listed.filter(({ stream }) => !streams || streams.includes(stream.name));
  if (chosen.length === 0)
    throw new ConfigError('no stream is selected', { code: 'catalog.empty', place: '--catalog' });
  return chosen.map(({ stream, full }) => ({
    stream,
    full: full || stream.cursorField === undefined,
    state: parseStreamState(states.get(stream.name), stream.name, origin),
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
