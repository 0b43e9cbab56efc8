import { type AnySource, runConnector } from '@headrace/sdk';
import { captureOutput } from './output.ts';

/** What a connector's main.ts says of itself. */
export interface FarosEntry {
  /** The executable's name. */
  readonly name: string;
  readonly version: string;
  /** Imports the module whose default export is what `fromFaros` made. */
  readonly load: () => Promise<{ default: AnySource }>;
}

/**
 * The process of a connector whose source was written for faros-airbyte-cdk. Called once, by main.ts, before
 * anything of that source is loaded: from then on stdout is ours.
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
