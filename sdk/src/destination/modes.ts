import { ConfigError, ConfigErrors } from '../errors.ts';
import type { DestinationSyncMode, StreamDescriptor } from '../protocol/messages.ts';
import type { Log } from '../runtime/log.ts';

/** The part of a configured catalog that a destination reads; anything may be missing or null. */
export interface WriteCatalog {
  readonly streams: ReadonlyArray<{
    readonly stream: StreamDescriptor;
    readonly destination_sync_mode?: string | null;
    readonly generation_id?: number | null;
    readonly minimum_generation_id?: number | null;
  }>;
}

/**
 * Refuses what the destination cannot do, all of it at once, before anything is read.
 * @throws ConfigError
 */
export function checkModes(catalog: WriteCatalog, supported: readonly DestinationSyncMode[], log: Log): void {
  const errors: ConfigError[] = [];
  for (const configured of catalog.streams) {
    const { name } = configured.stream;
    const mode = configured.destination_sync_mode ?? 'append';
    const place = `catalog › ${name}`;
    if (!(supported as readonly string[]).includes(mode)) {
      const hint = `choose one of: ${supported.join(', ')}`;
      errors.push(
        new ConfigError(
          `${name} asks for destination_sync_mode ${mode}, which this destination does not do`,
          { code: 'catalog.mode', place, hint },
        ),
      );
    }
    const generation = configured.generation_id ?? 0;
    const minimum = configured.minimum_generation_id ?? 0;
    if (minimum > 0 && minimum < generation) {
      errors.push(
        new ConfigError(`${name} asks to keep generations ${minimum} to ${generation}`, {
          code: 'catalog.generations',
          place,
          hint: 'minimum_generation_id is 0 (keep everything) or equal to generation_id (replace)',
        }),
      );
    }
    // PyAirbyte sends 1 and 1 with every write: under append that never deletes. From 2 on somebody asked.
    if (minimum > 1 && minimum === generation && mode === 'append') {
      log.warn(
        `${name}: replacing earlier generations was asked for (generation ${generation}); append keeps what is there`,
      );
    }
  }
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new ConfigErrors(errors);
}
