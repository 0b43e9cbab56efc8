import { ConfigError } from '@headrace/sdk';
import type { ConfiguredStream, StreamDescriptor } from '@headrace/sdk/protocol';
import { type Copy, copyFor, lastCopy } from './copies.ts';
import type { Journal } from './journal.ts';
import type { Owner, StreamKey } from './journal-rows.ts';
import { knownStream, rememberStream } from './streams-table.ts';
import { whatStateSays } from './wholeness.ts';

/** A namespace that is the source's name is left out: otherwise it would stand in paths twice. */
export function keyOf(source: string, { name, namespace }: StreamDescriptor): StreamKey {
  return { source, namespace: namespace && namespace !== source ? namespace : '', stream: name };
}

interface Request {
  readonly key: StreamKey;
  readonly stream: StreamDescriptor;
  readonly asked: ConfiguredStream | undefined;
  readonly runId: string;
  readonly now: number;
  /** The source goes on from the committed states. */
  readonly resumes: boolean;
}

/**
 * The copy of a stream that this run writes to. What the catalog says of the stream is remembered.
 * @throws ConfigError where it cannot become whole
 */
export function copyOfRun(journal: Journal, owner: Owner, request: Request): Copy {
  const { key, stream, asked, runId, now, resumes } = request;
  const replaces = asked !== undefined && asksToReplace(journal, owner, key, asked);
  const state = journal.state(owner, stream.name, stream.namespace ?? '');
  const says = state && (state.kind === 'STREAM' ? whatStateSays(state.json) : 'unknown');
  const underWay = says !== undefined && says !== 'whole';
  const isDedup = asked?.destinationSyncMode === 'append_dedup';
  const last = lastCopy(journal, key, owner);
  let copy: Copy | undefined;
  journal.transaction(() => {
    if (asked) rememberStream(journal, key, asked);
    copy = copyFor(journal, key, owner, {
      runId,
      now,
      replaces,
      generationId: asked?.generationId ?? 0,
      underWay,
      grows: !replaces && (isDedup || (underWay && asked?.syncMode !== 'full_refresh')),
    });
    const isNew = copy.id !== last?.id;
    if (replaces && isNew && resumes && says === 'under way' && asked.syncMode === 'incremental')
      throw changesOnly(stream);
  });
  return copy!;
}

/** To replace what is there by what has changed since would lose the rest. */
function changesOnly({ name }: StreamDescriptor): ConfigError {
  return new ConfigError(
    `${name} goes on from its state and asks to overwrite: only changes would be left of it`,
    {
      code: 'destination.overwrite_by_changes',
      place: `catalog › ${name}`,
      hint: 'choose append or append_dedup; or sync_mode full_refresh',
    },
  );
}

/**
 * `overwrite` does. So does a new generation of which no older one is to be kept, except number 1, which PyAirbyte
 * sends with every write; a number that was seen before asks for nothing new.
 */
function asksToReplace(journal: Journal, owner: Owner, key: StreamKey, asked: ConfiguredStream): boolean {
  if (asked.destinationSyncMode === 'overwrite') return true;
  const { generationId = 0, minimumGenerationId = 0 } = asked;
  if (generationId < 2 || minimumGenerationId !== generationId) return false;
  if (generationId > (knownStream(journal, key)?.generationId ?? 0)) return true;
  const last = lastCopy(journal, key, owner);
  return last !== undefined && last.generationId === generationId && isHeldStatus(last);
}

/** Two streams must not share files: one may have the source's name as its namespace, the other none. */
export function refuseShared(
  key: StreamKey,
  others: ReadonlyArray<{ readonly copy: Pick<Copy, 'key'> }>,
  stream: StreamDescriptor,
): void {
  if (!others.some(({ copy }) => copy.key.stream === key.stream && copy.key.namespace === key.namespace))
    return;
  throw new ConfigError(
    `the streams ${stream.name} with and without the namespace ${key.source} would share their files`,
    {
      code: 'destination.names_collide',
      place: 'config.source',
      hint: 'give the source a name that is none of its namespaces',
    },
  );
}

function isHeldStatus({ replaces, status }: Copy): boolean {
  return replaces && (status === 'open' || status === 'whole');
}
