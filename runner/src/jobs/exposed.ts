import { statSync } from 'node:fs';
import { dirname } from 'node:path';

const READ = 0o044;

/**
 * Who else may read a file of secrets, as a sentence. Undefined if nobody, and on Windows, which has other permissions.
 * @param folders how many folders above it to check: whoever may not enter one of them cannot read the file
 */
export function exposure(path: string, name: string, folders = 0): string | undefined {
  if (process.platform === 'win32') return undefined;
  const { mode } = statSync(path);
  let readable = mode & READ;
  for (let folder = dirname(path), k = 0; k < folders; folder = dirname(folder), k++)
    // Entering a folder needs x (1), reading a file r (4).
    readable &= (statSync(folder).mode & 0o011) << 2;
  if (readable === 0) return undefined;
  const who = (readable & 0o004) !== 0 ? 'everybody on this machine' : 'its group';
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return `${name} holds secrets and can be read by ${who} (mode ${octal}): chmod 600 ${name}`;
}
