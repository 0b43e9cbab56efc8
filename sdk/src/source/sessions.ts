import type { MessageWriter } from '../protocol/message-writer.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { Backlog } from './backlog.ts';
import type { Owe, Stream } from './define.ts';
import type { References } from './define-source.ts';
import { type OnRecord, StreamOutput } from './stream-output.ts';
import { type SessionEnv, type StreamRun, StreamSession } from './stream-session.ts';
import { placeIn } from './stream-state.ts';
import { handOver, tellCensuses, watchersOf } from './watching.ts';

/** What the sessions of a run are opened with. */
export interface SessionsEnv extends Pick<SessionEnv, 'pacing' | 'signal' | 'log' | 'now' | 'names'> {
  readonly writer: MessageWriter;
  readonly references: References | undefined;
  /** Every stream of the source, selected or not. */
  readonly streams: readonly Stream<unknown>[];
  /** Saved state per stream, selected or not. */
  readonly saved: ReadonlyMap<string, JsonObject | null>;
}

/**
 * One session for each stream. Before a STATE that covers a record is sent, what the record refers to is owed, and its
 * id is in the states of the censuses that watch the stream.
 */
export function openSessions(runs: readonly StreamRun[], env: SessionsEnv): Map<string, StreamSession> {
  const { references, saved, writer, streams, ...common } = env;
  const sessions = new Map<string, StreamSession>();
  /** The sessions whose STATE is about to be sent. Before the STATE of one, those of others with news are sent. */
  const leaving = new Set<StreamSession>();
  const beforeState = (own: StreamSession): void => {
    leaving.add(own);
    for (const session of sessions.values())
      if (!leaving.has(session) && session.states.hasNews) session.emitState(false);
    leaving.delete(own);
  };
  for (const run of runs) {
    const hooks: OnRecord[] = [];
    if (references && run.name !== references.to && runs.some(({ name }) => name === references.to))
      hooks.push(findReferences(run, references, sessions));
    const owe: Owe = (names, partition, ids) => {
      for (const name of names) {
        const debtor = sessions.get(name);
        if (debtor) debtor.states.owe(partition, ids);
        // It was read before but is not selected now. It learns of the ids when it is read again.
        else if (placeIn(saved.get(name), partition)) backlogOf(session, name).owe(partition, ids);
      }
    };
    const output = new StreamOutput(run.name, run.stream, writer, env.now, hooks);
    const session = new StreamSession(run, { ...common, output, beforeState, owe });
    hooks.push(...tellCensuses(session, streams, sessions, saved));
    sessions.set(run.name, session);
  }
  for (const session of sessions.values()) {
    for (const [name, partitions] of Object.entries(session.run.state.owes ?? {}))
      for (const [partition, ids] of Object.entries(partitions)) session.owe([name], partition, ids);
    handOver(session, sessions);
    session.watchers.push(...watchersOf(session, streams, sessions));
  }
  return sessions;
}

/** What a session makes a stream owe that is not selected. */
function backlogOf({ owes }: StreamSession, stream: string): Backlog {
  const backlog = owes.get(stream) ?? new Backlog();
  owes.set(stream, backlog);
  return backlog;
}

function findReferences(
  run: StreamRun,
  { to, find }: References,
  sessions: ReadonlyMap<string, StreamSession>,
): OnRecord {
  const found = (id: string): void => {
    const states = sessions.get(to)?.states;
    // A stream that is read whole names the same ids each time.
    if (run.full) states?.oweOnce('', id);
    else states?.owe('', [id]);
  };
  return (record) => find(record, found);
}
