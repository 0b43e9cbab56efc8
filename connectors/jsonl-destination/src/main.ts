import { runConnector } from '@headrace/sdk';
import about from '../package.json' with { type: 'json' };

await runConnector({
  kind: 'destination',
  name: 'jsonl-destination',
  version: about.version,
  spec: async () =>
    (await import('../../../specs/jsonl-destination.json', { with: { type: 'json' } })).default,
  load: () => import('./destination.ts'),
});
