import type { AnyDestination } from '../destination/define.ts';
import { SystemError } from '../errors.ts';
import type { CatalogStream, ConnectorSpecification } from '../protocol/messages.ts';
import { catalogStream } from '../source/catalog.ts';
import { isIncremental, type Stream } from '../source/define.ts';
import type { AnySource } from '../source/define-source.ts';
import { jsonSchemaOf } from './json-schema.ts';

const PROTOCOL_VERSION = '0.18.0';

/** The spec that a source prints. Computed when `specs/` is generated, never in a running connector. */
export function sourceSpec(source: AnySource): ConnectorSpecification {
  return {
    documentationUrl: source.documentationUrl,
    supportsIncremental: typeof source.streams === 'function' || source.streams.some(isIncremental),
    protocol_version: PROTOCOL_VERSION,
    // Tells our runner that the connector supports `check --catalog` and `--state -`.
    'x-headrace': { start: source.start },
    connectionSpecification: {
      ...('jsonSchema' in source.config ? source.config.jsonSchema : jsonSchemaOf(source.config)),
      title: `${source.name} configuration`,
      additionalProperties: true,
    },
  };
}

/** The spec that a destination prints. */
export function destinationSpec(destination: AnyDestination): ConnectorSpecification {
  return {
    documentationUrl: destination.documentationUrl,
    supportsIncremental: true,
    supported_destination_sync_modes: [...destination.supportedModes],
    protocol_version: PROTOCOL_VERSION,
    // Tells our runner that this is a Headrace destination, whether it stores states, and where it writes.
    'x-headrace': {
      state: destination.state || undefined,
      target: destination.target && [...destination.target],
      source: destination.source,
      verbs: destination.verbs?.map(({ name }) => name),
    },
    connectionSpecification: {
      ...jsonSchemaOf(destination.config),
      title: `${destination.name} configuration`,
      additionalProperties: true,
    },
  };
}

/**
 * All streams of a source, including those that the current credential may not read.
 * @param streams must be given if the streams depend on the config
 * @throws SystemError (`source.no_full_catalog`) if they depend on it and are not given
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
