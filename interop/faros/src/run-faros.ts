import { type AnySource, runConnector } from '@headrace/sdk';
import { captureOutput } from './output.ts';

/** How main.ts describes the connector. */
export interface FarosEntry {
  /** Name of the executable. */
  readonly name: string;
  readonly version: string;
  /** Imports the module whose default export is the result of `fromFaros`. */
  readonly load: () => Promise<{ default: AnySource }>;
}

/**
 * Runs a connector whose source was written for faros-airbyte-cdk. main.ts calls it once, before it loads anything of
 * that source, because it takes over stdout.
 */
export async function runFaros({ name, version, load }: FarosEntry): Promise<void> {
  captureOutput();
  await runConnector({
    kind: 'source',
    name,
    version,
    load,
    spec: async () => {
      const [{ sourceSpec }, { default: source }] = await Promise.all([import('@headrace/sdk/spec'), load()]);
      return sourceSpec(source);
    },
  });
}
