import { runConnector } from '@headrace/sdk';
import about from '../package.json' with { type: 'json' };

await runConnector({
  kind: 'source',
  name: 'bitbucket-source',
  version: about.version,
  spec: async () =>
    (await import('../../../specs/bitbucket-source.json', { with: { type: 'json' } })).default,
  load: () => import('./source.ts'),
});
