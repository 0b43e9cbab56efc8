import { ConfigError } from '../errors.ts';
import type { CatalogStream } from '../protocol/messages.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { checkCursorField } from './cursor-field.ts';
import { isIncremental, type Stream } from './define.ts';
import type { AnySource } from './define-source.ts';
import { spelledOut } from './spelled-out.ts';

/** A stream as `discover` shows it. */
export function catalogStream<Api>(stream: Stream<Api>): CatalogStream {
  const { catalogEntry: entry } = stream;
  if (entry) return { ...entry, json_schema: spelledOut(entry.json_schema) };
  const { name, description, schema, primaryKey, cursorField } = stream;
  return {
    name,
    json_schema: spelledOut({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      description,
      properties: schema.properties,
      additionalProperties: true,
    }),
    supported_sync_modes: isIncremental(stream) ? ['full_refresh', 'incremental'] : ['full_refresh'],
    source_defined_primary_key: primaryKey.map((key) => [key]),
    ...(isIncremental(stream)
      ? {
          source_defined_cursor: true,
          ...(cursorField === undefined ? {} : { default_cursor_field: [cursorField] }),
          is_resumable: true,
        }
      : {}),
  };
}

/** The streams of an opened source. @throws SystemError for one that is defined wrongly */
export async function streamsOf({ streams }: AnySource, api: unknown): Promise<readonly Stream<unknown>[]> {
  const all = typeof streams === 'function' ? await streams(api) : streams;
  for (const stream of all) checkCursorField(stream, api);
  return all;
}

/** The stream with this name. @throws ConfigError, which suggests a similar name */
export function findStream<Api>(streams: readonly Stream<Api>[], name: string, place: string): Stream<Api> {
  const found = streams.find((stream) => stream.name === name);
  if (found) return found;
  const names = streams.map((stream) => stream.name);
  const near = didYouMean(name, names);
  const hint = near ? `did you mean ${near}?` : `there are: ${names.join(', ')}`;
  throw new ConfigError(`there is no stream ${name}`, { code: 'catalog.unknown_stream', place, hint });
}

/** The error for a stream that was requested but may not be read with this credential. */
export function missingPermission(stream: string, permission: string): ConfigError {
  const hint = 'grant it to the account, or leave out the stream';
  return new ConfigError(`${stream} needs the permission “${permission}”, which the credential lacks`, {
    code: 'permission.missing',
    place: stream,
    hint,
  });
}
