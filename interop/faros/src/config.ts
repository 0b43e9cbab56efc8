import type { JsonSchemaConfig } from '@headrace/sdk';
import type { FarosConfig, JsonObject } from './cdk.ts';

/** The options that the CDK's own runner gives every source, and that mean something here. */
const COMMON: JsonObject = {
  max_slice_failures: {
    order: 1001,
    type: 'integer',
    title: 'Max Slice Failures',
    description: 'After so many failed slices a stream is not read further; 0 and -1: no limit',
    default: 0,
  },
  debug: { order: 1002, type: 'boolean', title: 'Debug', description: 'Log everything', default: false },
  backfill: {
    order: 1003,
    type: 'boolean',
    title: 'Backfill',
    description: 'Read everything once more and leave the state as it is',
    default: false,
  },
  // Accepted, so that a configuration of the CDK's runner can be used as it is.
  max_stream_failures: {
    order: 1004,
    type: 'integer',
    title: 'Max Stream Failures',
    description: 'Without effect: every stream is read, and a failed one fails the sync',
    airbyte_hidden: true,
  },
  compress_state: {
    order: 1005,
    type: 'boolean',
    title: 'Compress State',
    description: 'Without effect: a state is written as it is',
    airbyte_hidden: true,
  },
  faros_source_id: {
    order: 1006,
    type: 'string',
    title: 'Source ID',
    description: 'For the source itself',
    airbyte_hidden: true,
  },
};

/** The connection specification of a source as our form and validation; its own options win. */
export function configOf(specification: JsonObject): JsonSchemaConfig<FarosConfig> {
  const own = (specification.properties ?? {}) as JsonObject;
  return {
    jsonSchema: { type: 'object', ...specification, properties: { ...COMMON, ...own } },
    parse: (value) => value as FarosConfig,
  };
}
