import { dirname, join } from 'node:path';
import { encodeName } from '@headrace/sdk/destination';

/** The folder of such files. */
export const SCRATCH = '_headrace/scratch/*.sqlite';

/** Where a rewrite of a source notes what it has seen. Worthless after its process has ended. */
export function scratchFile(root: string, source: string): string {
  return join(root, dirname(SCRATCH), `${encodeName(source)}.sqlite`);
}
