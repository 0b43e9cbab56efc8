import type { ErrorObject, ValidateFunction } from 'ajv';
import { ConfigError, ConfigErrors } from '../errors.ts';
import { isObject } from './is-object.ts';
import { type DestinationSyncMode, type JsonObject, type SyncMode, streamKey } from './messages.ts';

/** One stream of a configured catalog: what the caller left out or sent as null is undefined. */
export interface ConfiguredStream {
  readonly name: string;
  readonly namespace?: string;
  /** The stream's JSON schema as it was given; `{}` where it was not. */
  readonly jsonSchema: JsonObject;
  readonly syncMode: SyncMode;
  readonly destinationSyncMode: DestinationSyncMode;
  /** Path of the cursor: the configured one, else the stream's default. */
  readonly cursorField?: readonly string[];
  /** Paths of the key's fields: the configured ones, else those that the source defines. */
  readonly primaryKey?: ReadonlyArray<readonly string[]>;
  readonly generationId?: number;
  readonly minimumGenerationId?: number;
  readonly syncId?: number;
}

/** What a `read` or `write` is asked for, checked. */
export interface ConfiguredCatalog {
  readonly streams: readonly ConfiguredStream[];
}

interface RawStream {
  stream: {
    name: string;
    namespace?: string;
    json_schema: JsonObject;
    default_cursor_field?: string[];
    source_defined_primary_key?: string[][];
  };
  sync_mode: SyncMode;
  destination_sync_mode: DestinationSyncMode;
  cursor_field?: string[];
  primary_key?: string[][];
  generation_id?: number;
  minimum_generation_id?: number;
  sync_id?: number;
}

/**
 * Reads a configured catalog as the platform, PyAirbyte or a person writes it. Unknown keys are left alone,
 * nulls count as absent, what `discover` printed is configured as a read without a catalog is, and what a stream cannot do without but a caller may leave out has a default
 * (`full_refresh`, `append`, a schema of `{}`).
 * @param place names the catalog in errors: `--catalog`
 * @throws ConfigErrors with every mistake at once
 */
export async function parseConfiguredCatalog(value: unknown, place: string): Promise<ConfiguredCatalog> {
  const catalog = withDefaults(value);
  const check = await compiled();
  const errors = check(catalog) ? [] : (check.errors ?? []).map((error) => readable(error, place));
  if (errors.length > 0) throw new ConfigErrors(errors);
  const { streams } = catalog as { streams: RawStream[] };
  errors.push(...repeated(streams, place), ...generations(streams, place));
  if (errors.length > 0) throw new ConfigErrors(errors);
  return { streams: streams.map(normalised) };
}

/**
 * The CATALOG message in the output of a `discover` (its logs stand beside it), or undefined: people give it as
 * `--catalog`, and it is taken for what it says.
 */
export function discoveredCatalog(text: string): unknown {
  for (const line of text.split('\n')) {
    if (!line.includes('"CATALOG"')) continue;
    try {
      const message: unknown = JSON.parse(line);
      if (isObject(message) && message.type === 'CATALOG') return message;
    } catch {
      return undefined; // Not one message a line: whoever parses the whole says what is wrong with it.
    }
  }
  return undefined;
}

let validate: ValidateFunction | undefined;

/** Ajv is loaded when the first catalog is read: `spec` never needs it. */
async function compiled(): Promise<ValidateFunction> {
  if (!validate) {
    // In a bundle a CommonJS module that is imported this late has nothing but its default.
    const [{ default: library }, { protocolSchema }] = await Promise.all([
      import('ajv'),
      import('./protocol-schema.ts'),
    ]);
    const options = { allErrors: true, strict: false, validateFormats: false, validateSchema: false };
    const ajv = new library.Ajv(options);
    const { definitions } = protocolSchema;
    validate = ajv.compile({ $ref: '#/definitions/ConfiguredAirbyteCatalog', definitions });
  }
  return validate;
}

function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

/** A stream as `discover` shows it, configured as a read without a catalog reads it. */
function configured(item: unknown): unknown {
  if (!isObject(item) || item.stream !== undefined || typeof item.name !== 'string') return item;
  const modes = item.supported_sync_modes;
  const sync_mode = Array.isArray(modes) && modes.includes('incremental') ? 'incremental' : 'full_refresh';
  return { stream: item, sync_mode };
}

/** A copy without nulls, the schemas aside, and with defaults; what is of another shape is left to the check. */
function withDefaults(given: unknown): unknown {
  const value = isObject(given) && given.type === 'CATALOG' ? given.catalog : given;
  if (!isObject(value) || !Array.isArray(value.streams)) return value;
  const streams = value.streams.map(configured).map((item: unknown) => {
    if (!isObject(item)) return item;
    const complete = withoutNulls({ sync_mode: null, destination_sync_mode: null, ...item });
    complete.sync_mode ??= 'full_refresh';
    complete.destination_sync_mode ??= 'append';
    if (isObject(item.stream)) {
      const stream = withoutNulls(item.stream);
      stream.json_schema ??= {};
      stream.supported_sync_modes ??= [complete.sync_mode];
      complete.stream = stream;
    }
    return complete;
  });
  return { ...value, streams };
}

function normalised(raw: RawStream): ConfiguredStream {
  const { stream } = raw;
  return {
    name: stream.name,
    namespace: stream.namespace || undefined,
    jsonSchema: stream.json_schema,
    syncMode: raw.sync_mode,
    destinationSyncMode: raw.destination_sync_mode,
    cursorField: some(raw.cursor_field) ?? some(stream.default_cursor_field),
    primaryKey: some(raw.primary_key) ?? some(stream.source_defined_primary_key),
    generationId: raw.generation_id,
    minimumGenerationId: raw.minimum_generation_id,
    syncId: raw.sync_id,
  };
}

/** An empty list says as little as none. */
function some<T>(list: T[] | undefined): T[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

function repeated(streams: RawStream[], place: string): ConfigError[] {
  const seen = new Map<string, number>();
  return streams.flatMap(({ stream }, i) => {
    const key = streamKey({ name: stream.name, namespace: stream.namespace });
    const first = seen.get(key);
    if (first === undefined) seen.set(key, i);
    if (first === undefined) return [];
    return [
      new ConfigError(`${stream.name} is configured twice (see streams[${first}])`, {
        code: 'catalog.repeated_stream',
        place: `${place}.streams[${i}]`,
      }),
    ];
  });
}

/** Generations between 0 and the current one: neither "keep everything" nor "replace everything" (checklist 60). */
function generations(streams: RawStream[], place: string): ConfigError[] {
  return streams.flatMap(({ stream, generation_id, minimum_generation_id: minimum }, i) => {
    if (!minimum || minimum === generation_id) return [];
    return [
      new ConfigError(
        `${stream.name}: minimum_generation_id is ${minimum}, generation_id ${generation_id ?? 'missing'}`,
        {
          code: 'catalog.unsupported_generation',
          place: `${place}.streams[${i}].minimum_generation_id`,
          hint: 'it must be 0 (keep what is there) or equal to generation_id (replace it)',
        },
      ),
    ];
  });
}

function readable(error: ErrorObject, place: string): ConfigError {
  const at = place + error.instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  switch (error.keyword) {
    case 'required': {
      const name = `${at}.${String(error.params.missingProperty)}`;
      return new ConfigError(`${name} is required`, { code: 'catalog.field_required', place: name });
    }
    case 'type':
      return new ConfigError(`${at} must be of type ${String(error.params.type)}`, {
        code: 'catalog.wrong_type',
        place: at,
      });
    case 'enum': {
      const allowed = (error.params.allowedValues as unknown[]).join(', ');
      return new ConfigError(`${at} must be one of ${allowed}`, { code: 'catalog.not_allowed', place: at });
    }
    default:
      return new ConfigError(`${at} ${error.message ?? 'is not valid'}`, {
        code: `catalog.${error.keyword}`,
        place: at,
      });
  }
}
