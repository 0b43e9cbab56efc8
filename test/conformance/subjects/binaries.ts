import { fileURLToPath } from 'node:url';

/** A connector as its users start it: built, by its bin. */
export function binary(name: string): string {
  return fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url));
}
