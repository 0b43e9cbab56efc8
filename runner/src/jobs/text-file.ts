import { decodeText } from '@headrace/sdk/spec';
import { readRegular } from '../stores/regular-file.ts';

/** A text file as editors write it: see `decodeText`. @throws as `readRegular` does */
export function readText(path: string): string {
  return decodeText(readRegular(path));
}
