import { runConnector } from '@headrace/sdk';
import { sourceSpec } from '@headrace/sdk/spec';

await runConnector({
  kind: 'source',
  name: 'rotating-source',
  version: '0.0.0',
  spec: async () => sourceSpec((await import('./source.ts')).default),
  load: () => import('./source.ts'),
});
