import { fileURLToPath } from 'node:url';

/** The built executable of a connector. */
export function binary(name: string): string {
  return fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url));
}
