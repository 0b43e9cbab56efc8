import type { AnyDestination } from '../destination/define.ts';
import { SystemError } from '../errors.ts';
import type { CatalogStream, ConnectorSpecification } from '../protocol/messages.ts';
import { catalogStream } from '../source/catalog.ts';
import { type AnySource, isIncremental, type Stream } from '../source/define.ts';
import { jsonSchemaOf } from './json-schema.ts';

const PROTOCOL_VERSION = '0.18.0';

/** What a source's `spec` prints. Made when `specs/` is generated, never in a connector. */
export function sourceSpec(source: AnySource): ConnectorSpecification {
  return {
    documentationUrl: source.documentationUrl,
    supportsIncremental: typeof source.streams === 'function' || source.streams.some(isIncremental),
    protocol_version: PROTOCOL_VERSION,
    // Says to our runner that this is one of ours: `check --catalog` and `--state -` may be used.
    'x-headrace': { start: source.start },
    connectionSpecification: {
      ...('jsonSchema' in source.config ? source.config.jsonSchema : jsonSchemaOf(source.config)),
      title: `${source.name} configuration`,
      additionalProperties: true,
    },
  };
}

/** What a destination's `spec` prints. */
export function destinationSpec(destination: AnyDestination): ConnectorSpecification {
  return {
    documentationUrl: destination.documentationUrl,
    supportsIncremental: true,
    supported_destination_sync_modes: [...destination.supportedModes],
    protocol_version: PROTOCOL_VERSION,
    // Says to our runner that this is one of ours, whether it keeps the states, and where it writes.
    'x-headrace': {
      state: destination.state || undefined,
      target: destination.target && [...destination.target],
      source: destination.source,
    },
    connectionSpecification: {
      ...jsonSchemaOf(destination.config),
      title: `${destination.name} configuration`,
      additionalProperties: true,
    },
  };
}

/**
 * All streams that a source has, whoever may read them.
 * @param streams given where what there is depends on the configuration
 * @throws SystemError (`source.no_full_catalog`) where it depends and they are not given
 */
export function fullCatalog<Api>(
  source: AnySource,
  streams?: readonly Stream<Api>[],
): { streams: CatalogStream[] } {
  if (streams) return { streams: streams.map((stream) => catalogStream(stream)) };
  if (typeof source.streams === 'function') {
    throw new SystemError(`the streams of ${source.name} depend on its configuration`, {
      code: 'source.no_full_catalog',
    });
  }
  return { streams: source.streams.map(catalogStream) };
}
