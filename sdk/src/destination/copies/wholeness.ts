/**
 * Whether a committed state is the final one of a copy. Only states of our own sources are understood
 * (docs/contracts.md): they have partitions while a reading is under way, or for the cursors of an incremental stream.
 * The final state of a full refresh has none.
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
