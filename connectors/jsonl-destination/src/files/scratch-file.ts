import { dirname, join } from 'node:path';
import { encodeName } from '@headrace/sdk/destination';

/** Where such files stand in the folder. */
export const SCRATCH = '_headrace/scratch/*.sqlite';

/** Where a rewrite of a source notes what it has seen; of no worth after its process. */
export function scratchFile(root: string, source: string): string {
  return join(root, dirname(SCRATCH), `${encodeName(source)}.sqlite`);
}
