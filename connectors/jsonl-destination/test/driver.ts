import { runConnector } from '@headrace/sdk';
import { jsonSchemaOf } from '@headrace/sdk/spec';
import { config } from '../src/config.ts';

/** The connector's process from its sources: what src/main.ts is, without what a build makes. */
await runConnector({
  kind: 'destination',
  name: 'jsonl-destination',
  version: '0.0.0',
  spec: async () => ({
    connectionSpecification: jsonSchemaOf(config),
    supported_destination_sync_modes: ['append', 'overwrite', 'append_dedup'],
  }),
  load: () => import('../src/destination.ts'),
});
