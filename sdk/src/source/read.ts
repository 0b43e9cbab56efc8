import { ConfigError, TransientError } from '../errors.ts';
import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { accessTo } from './access.ts';
import { findStream, streamsOf } from './catalog.ts';
import { checked } from './cursor-field.ts';
import { isIncremental, type Stream } from './define.ts';
import type { AnySource, Reading } from './define-source.ts';
import { type OpenedSource, openSource, type SourceEnv } from './open-source.ts';
import { inOrder, type ReadGroup } from './order.ts';
import type { Pacing } from './pacing.ts';
import { PageSlots } from './page-slots.ts';
import type { ReadingEnv } from './read-lists.ts';
import { readStream } from './read-stream.ts';
import { readScan } from './scan/read-scan.ts';
import { openSessions } from './sessions.ts';
import type { StreamOutput } from './stream-output.ts';
import type { StreamOutcome, StreamRun, StreamSession } from './stream-session.ts';
import { parseStreamState, type Site } from './stream-state.ts';

/** A `read`, as the command line requests it. */
export interface ReadRequest {
  readonly source: AnySource;
  /** Validated, with defaults. */
  readonly config: unknown;
  /** Absent: every stream, incremental if possible. */
  readonly catalog?: ConfiguredCatalog;
  /** The saved state of each stream, by name; null: from scratch. */
  readonly states: ReadonlyMap<string, JsonObject | null>;
  /** The destination's commit number that came with the states. */
  readonly stateCommit?: number;
  /** Reads only these streams. */
  readonly streams?: readonly string[];
  readonly limit?: number;
}

export interface ReadEnv extends SourceEnv {
  readonly writer: MessageWriter;
  readonly pacing: Pacing;
}

/** Reads the selected streams concurrently. Throws what prevents the run; failures of streams are outcomes. */
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
    const streams = await streamsOf(source, opened.api);
    const selected = select(request, streams, siteOf(source, config));
    const runs = await permitted(selected, request, opened, env);
    const names = () => source.names?.(opened.api) ?? {};
    const sessions = openSessions(runs, {
      writer: env.writer,
      pacing: env.pacing,
      signal: env.signal,
      log: env.log,
      now: env.clock.now,
      references: source.references?.(opened.api),
      streams,
      names,
      saved: request.states,
    });
    analytics(env, 'source', source.vendor);
    if (request.stateCommit !== undefined) analytics(env, 'state_commit', String(request.stateCommit));
    for (const { output } of sessions.values()) {
      output.status('STARTED');
      running.add(output);
    }
    const readingEnv: ReadingEnv = {
      slots: new PageSlots(PAGES_PER_REQUEST * opened.concurrency, env.signal),
      ready: () => env.writer.ready(),
      cursorEnv: opened.cursorEnv,
      signal: env.signal,
      now: env.clock.now,
    };
    const ended = new Map<StreamSession, StreamOutcome>();
    const groups = groupsOf(runs, (group, unfinished) => {
      const own = group.map(({ name }) => sessions.get(name)!);
      return readGroup(own, opened, readingEnv, unfinished).then(() => {
        for (const session of own) ended.set(session, session.end());
        closeEnded(sessions, ended, running);
        return own.map((session) => ended.get(session)!);
      });
    });
    const outcomes = await inOrder(groups);
    await source.close?.(
      opened.api,
      outcomes.every(({ complete }) => complete),
    );
    return outcomes;
  } finally {
    await opened.close();
  }
}

/** Sends the status of streams that have ended. A census is closed after the streams that it watches, because they may still change its state. */
function closeEnded(
  sessions: ReadonlyMap<string, StreamSession>,
  ended: ReadonlyMap<StreamSession, StreamOutcome>,
  running: Set<StreamOutput>,
): void {
  for (const [session, { complete }] of ended) {
    const watched = [...sessions.values()].filter(({ watchers }) => watchers.includes(session));
    if (!running.has(session.output) || !watched.every((other) => ended.has(other))) continue;
    running.delete(session.output);
    session.close(complete);
  }
}

/** One unit may be fetched while another one waits for the writer. More would only use memory. */
const PAGES_PER_REQUEST = 2;

/** A run of a stream, with its definition. */
interface SelectedRun extends StreamRun {
  readonly definition: Stream<unknown>;
}

/** Streams with the same scan are one group. */
function groupsOf(
  runs: readonly SelectedRun[],
  work: (group: readonly SelectedRun[], unfinished: readonly string[]) => Promise<readonly StreamOutcome[]>,
): ReadGroup[] {
  const others = runs.filter(({ definition }) => definition.follows !== 'all').map(({ name }) => name);
  const groups = Map.groupBy(runs, (run) => run.stream.scan ?? run);
  return [...groups.values()].map((group) => ({
    names: group.map(({ name }) => name),
    after: new Set(group.flatMap(({ definition }) => definition.after ?? [])),
    follows: new Set(
      group.flatMap(({ definition: { follows = [] } }) => (follows === 'all' ? others : follows)),
    ),
    followsAll: group.some(({ definition }) => definition.follows === 'all'),
    // With --limit, nothing is complete, and no state is kept.
    run: (unfinished) => work(group, group[0]!.limit === undefined ? unfinished : []),
  }));
}

/** Reads one stream, or those that share a scan. */
async function readGroup(
  sessions: readonly StreamSession[],
  { api }: OpenedSource,
  env: ReadingEnv,
  unfinished: readonly string[],
): Promise<void> {
  const [first] = sessions;
  if (unfinished.length > 0) {
    // Otherwise the stream's position would pass what its parents lack.
    const message = `not read: ${unfinished.join(', ')}, which it depends on, ended incomplete`;
    for (const session of sessions) {
      const place = session.run.name;
      session.fail(new TransientError(message, { code: 'stream.parent_incomplete', place }));
    }
    return;
  }
  const { stream } = first!.run;
  if (stream.scan) await readScan(sessions, stream.scan.open(api), env);
  else await readStream(first!, stream, env);
}

interface Selected {
  readonly stream: Stream<unknown>;
  readonly state: StreamRun['state'];
  readonly full: boolean;
  /** The stream was requested by name, so it must not be left out. */
  readonly wanted: boolean;
}

/** The streams that were requested by name; undefined: all. */
function wantedStreams({ catalog, streams }: ReadRequest): Reading['streams'] {
  if (!catalog) return streams?.map((name) => ({ name, syncMode: 'incremental' }));
  return catalog.streams.filter(({ name }) => !streams || streams.includes(name));
}

function siteOf({ origin, former }: AnySource, config: unknown): Site {
  return {
    origin: origin(config),
    former: former && { option: `config.${former.option}`, origins: former.origins(config) },
  };
}

function select(
  { catalog, states, streams }: ReadRequest,
  all: readonly Stream<unknown>[],
  site: Site,
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
    full: full || !isIncremental(stream),
    state: parseStreamState(states.get(stream.name), stream, site),
    wanted: catalog !== undefined || streams !== undefined || states.has(stream.name),
  }));
}

/** Leaves out streams that the credential may not read, unless they were requested by name: those are tried and fail. */
async function permitted(
  selected: readonly Selected[],
  request: ReadRequest,
  opened: OpenedSource,
  env: ReadEnv,
): Promise<SelectedRun[]> {
  const runs: SelectedRun[] = [];
  for (const { stream, state, full, wanted } of selected) {
    const { missing, unknown } = wanted ? {} : await accessTo(stream, opened.api);
    if (missing !== undefined) {
      env.log.warn(`${stream.name} is left out: the credential lacks the permission “${missing}”`);
      continue;
    }
    runs.push({
      name: stream.name,
      definition: stream,
      stream: checked(stream, stream.open(opened.api)),
      state,
      full,
      limit: request.limit,
      missingPermission: async () => {
        if (unknown !== undefined) throw unknown;
        return wanted ? stream.access?.(opened.api) : undefined;
      },
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
