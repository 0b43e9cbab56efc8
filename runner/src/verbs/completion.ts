import { ConfigErrors, isHeadraceError } from '@headrace/sdk/spec';
import type { Command } from 'commander';
import { type Candidate, candidatesFor } from '../completion/candidates.ts';
import { type LoadedFile, loadJobs } from '../jobs/load.ts';

/**
 * What a shell may offer for the last word. Whatever is wrong with the jobs file, somebody is typing, so nothing is said.
 * @param words behind the program's name
 */
export function complete(
  program: Command,
  words: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Candidate[] {
  const valueAfter = (...flags: string[]) => {
    const at = words.findIndex((word) => flags.includes(word));
    return at === -1 ? undefined : words[at + 1];
  };
  const files = () => jobsFiles(valueAfter('--file', '-f'), cwd, env);
  const tenant = valueAfter('--tenant');
  return candidatesFor(program, words, {
    jobs: () =>
      files()
        .filter((file) => !tenant || file.tenant === tenant)
        .flatMap((file) => file.jobs),
    tenants: () => files().map((file) => file.tenant),
  });
}

function jobsFiles(path: string | undefined, cwd: string, env: NodeJS.ProcessEnv): LoadedFile[] {
  try {
    return loadJobs(path, { cwd, env, learned: () => {}, warn: () => {} });
  } catch (error) {
    if (error instanceof ConfigErrors || isHeadraceError(error)) return [];
    throw error;
  }
}
