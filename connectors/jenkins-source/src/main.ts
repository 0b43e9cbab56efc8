import { runConnector } from '@headrace/sdk';
import about from '../package.json' with { type: 'json' };

await runConnector({
  kind: 'source',
  name: 'jenkins-source',
  version: about.version,
  spec: async () => (await import('../../../specs/jenkins-source.json', { with: { type: 'json' } })).default,
  load: () => import('./source.ts'),
});
