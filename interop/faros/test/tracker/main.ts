import { runFaros } from '@headrace/faros';

await runFaros({ name: 'tracker-source', version: '1.0.0', load: () => import('./definition.ts') });
