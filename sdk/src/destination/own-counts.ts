import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import type { DestinationEnv } from './define.ts';

/**
 * Whether the caller compares the counts of states itself, and may send counts that cover something else. This is so on
 * the platform, which sets WORKER_JOB_ID, and for PyAirbyte, which sends 1 as generation, minimum and sync id of every
 * stream.
 */
export function comparesItself(
  catalog: ConfiguredCatalog | undefined,
  { WORKER_JOB_ID }: DestinationEnv['processEnv'],
): boolean {
  if (WORKER_JOB_ID) return true;
  const streams = catalog?.streams ?? [];
  return (
    streams.length > 0 &&
    streams.every(
      (asked) => asked.generationId === 1 && asked.minimumGenerationId === 1 && asked.syncId === 1,
    )
  );
}
