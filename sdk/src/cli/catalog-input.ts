import { type ConfiguredCatalog, discoveredCatalog, parseConfiguredCatalog } from '../protocol/catalog.ts';
import { readInput } from '../runtime/read-input.ts';
import { parseJson } from './parse-json.ts';

const FLAG = '--catalog';

/**
 * Reads a `--catalog` file: a configured catalog or the output of `discover`.
 * @throws ConfigErrors listing every mistake
 */
export async function readCatalog(path: string | undefined): Promise<ConfiguredCatalog | undefined> {
  if (path === undefined) return undefined;
  const { text } = await readInput(path, FLAG);
  return parseConfiguredCatalog(discoveredCatalog(text) ?? parseJson(text, FLAG), FLAG);
}
