/**
 * What a committed state says of the copy that it stands in. Only our own sources' states are understood
 * (CONTRACTS.md, State): partitions are what is left of a reading under way, or the cursors of an incremental
 * stream, and the final state of a full refresh has none.
 *
 * @param json `{"type":"STREAM","stream":{…}}`
 */
export function whatStateSays(json: string): 'whole' | 'under way' | 'unknown' {
  const { stream } = JSON.parse(json) as { stream?: { stream_state?: Partial<OurState> | null } };
  const { version, origin, partitions } = stream?.stream_state ?? {};
  if (typeof version !== 'number' || typeof origin !== 'string') return 'unknown';
  if (typeof partitions !== 'object' || partitions === null) return 'unknown';
  return Object.keys(partitions).length === 0 ? 'whole' : 'under way';
}

interface OurState {
  readonly version: unknown;
  readonly origin: unknown;
  readonly partitions: unknown;
}
