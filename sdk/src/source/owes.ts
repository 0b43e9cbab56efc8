import { isObject } from '../spec/narrow.ts';

/** Ids that streams have to send (`ReadContext.owe`), by stream and partition. */
export type Owes = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export function addOwed(owes: Owes, stream: string, partition: string, ids: readonly string[]): Owes {
  const own = owes[stream] ?? {};
  const known = own[partition] ?? [];
  return { ...owes, [stream]: { ...own, [partition]: [...new Set([...known, ...ids])] } };
}

/** Each debt by itself. */
export function* eachOwed(
  owes: Owes,
): Generator<[stream: string, partition: string, ids: readonly string[]]> {
  for (const [stream, partitions] of Object.entries(owes))
    for (const [partition, ids] of Object.entries(partitions)) yield [stream, partition, ids];
}

export function isOwes(saved: unknown): saved is Owes {
  const isIds = (ids: unknown): boolean =>
    Array.isArray(ids) && ids.every((id: unknown) => typeof id === 'string');
  return (
    isObject(saved) && Object.values(saved).every((own) => isObject(own) && Object.values(own).every(isIds))
  );
}
