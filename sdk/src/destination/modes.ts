import { ConfigError, ConfigErrors } from '../errors.ts';
import type { ConfiguredCatalog, ConfiguredStream } from '../protocol/catalog.ts';
import type { DestinationSyncMode } from '../protocol/messages.ts';

/**
 * Refuses sync modes that the destination does not support: all at once, before anything is read.
 * @throws ConfigError
 */
export function checkModes(catalog: ConfiguredCatalog, supported: readonly DestinationSyncMode[]): void {
  const errors = catalog.streams.flatMap((asked) => findings(asked, supported));
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new ConfigErrors(errors);
}

function findings(
  { name, destinationSyncMode: mode, primaryKey }: ConfiguredStream,
  supported: readonly DestinationSyncMode[],
): ConfigError[] {
  const place = `catalog › ${name}`;
  if (!supported.includes(mode)) {
    const message = `${name} has destination_sync_mode ${mode}, which this destination does not support`;
    return [
      new ConfigError(message, {
        code: 'catalog.mode',
        place,
        hint: `choose one of: ${supported.join(', ')}`,
      }),
    ];
  }
  if (mode === 'append_dedup' && !primaryKey) {
    return [
      new ConfigError(`${name} has append_dedup but no primary key`, {
        code: 'catalog.no_key',
        place,
        hint: 'set its primary_key, or choose append',
      }),
    ];
  }
  return [];
}
