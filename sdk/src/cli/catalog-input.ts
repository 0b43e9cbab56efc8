import { type ConfiguredCatalog, discoveredCatalog, parseConfiguredCatalog } from '../protocol/catalog.ts';
import { parseJson, readInput } from './io.ts';

const FLAG = '--catalog';

/** Reads a `--catalog`, or what `discover` printed. @throws ConfigErrors with every mistake at once */
export async function readCatalog(path: string | undefined): Promise<ConfiguredCatalog | undefined> {
  if (path === undefined) return undefined;
  const { text } = await readInput(path, FLAG);
  return parseConfiguredCatalog(discoveredCatalog(text) ?? parseJson(text, FLAG), FLAG);
}
