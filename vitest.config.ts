import { defineConfig } from 'vitest/config';
import LongFirst from './scripts/long-first.ts';

/** Packages are tested from their sources: the export condition `headrace:source` names them. */
const conditions = ['headrace:source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{sdk,runner,sandbox,scripts}/**/*.test.ts',
      '{connectors,interop}/*/{src,test}/**/*.test.ts',
      'create-connector/{src,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/long/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than the two cores that are reckoned with: tests wait for processes and for time to pass.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
  },
});
