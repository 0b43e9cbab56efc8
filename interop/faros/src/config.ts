import type { JsonSchemaConfig } from '@headrace/sdk';
import type { FarosConfig, JsonObject } from './cdk.ts';

/** The options that the CDK's own runner adds to every source and that have a meaning here. */
const COMMON: JsonObject = {
  max_slice_failures: {
    order: 1001,
    type: 'integer',
    title: 'Max Slice Failures',
    description: 'A stream stops after this many failed slices; 0 and -1 mean no limit',
    default: 0,
  },
  debug: { order: 1002, type: 'boolean', title: 'Debug', description: 'Log everything', default: false },
  backfill: {
    order: 1003,
    type: 'boolean',
    title: 'Backfill',
    description: 'Read everything again without changing the state',
    default: false,
  },
  // Accepted so that a configuration for the CDK's runner works unchanged.
  max_stream_failures: {
    order: 1004,
    type: 'integer',
    title: 'Max Stream Failures',
    description: 'No effect: every stream is read, and a failed stream fails the sync',
    airbyte_hidden: true,
  },
  compress_state: {
    order: 1005,
    type: 'boolean',
    title: 'Compress State',
    description: 'No effect: states are never compressed',
    airbyte_hidden: true,
  },
  faros_source_id: {
    order: 1006,
    type: 'string',
    title: 'Source ID',
    description: 'Used only by the source itself',
    airbyte_hidden: true,
  },
};

/** A source's connection specification with the common options. The source's own options take precedence. */
export function configOf(specification: JsonObject): JsonSchemaConfig<FarosConfig> {
  const own = (specification.properties ?? {}) as JsonObject;
  return {
    jsonSchema: { type: 'object', ...specification, properties: { ...COMMON, ...own } },
    parse: (value) => value as FarosConfig,
  };
}
