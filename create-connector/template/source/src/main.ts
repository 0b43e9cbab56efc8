import { runConnector } from '@headrace/sdk';
import about from '../package.json' with { type: 'json' };

// Everything except the name is loaded when a command needs it.
await runConnector({
  kind: 'source',
  name: 'acme-source',
  version: about.version,
  spec: async () => (await import('../spec.json', { with: { type: 'json' } })).default,
  load: () => import('./source.ts'),
});
