import { readFileSync } from 'node:fs';
import { decodeText } from '@headrace/sdk/spec';

/** A text file as editors write it: see `decodeText`. */
export function readText(path: string): string {
  return decodeText(readFileSync(path));
}
