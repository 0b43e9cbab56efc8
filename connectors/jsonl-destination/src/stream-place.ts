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
}

/** The copy of a stream that this run writes to. What the catalog says of the stream is remembered. */
export function copyOfRun(journal: Journal, owner: Owner, { key, stream, asked, runId, now }: Request): Copy {
  const replaces = asked !== undefined && asksToReplace(journal, owner, key, asked);
  const state = journal.state(owner, stream.name, stream.namespace ?? '');
  const underWay = state !== undefined && (state.kind !== 'STREAM' || whatStateSays(state.json) !== 'whole');
  const isDedup = asked?.destinationSyncMode === 'append_dedup';
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
  });
  return copy!;
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
