import { ConfigError, ConfigErrors } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';

/** Names in a config (project keys, repositories, jobs) to compare with the names that exist. */
export interface NamesToFind {
  /** The option's value, as written in the config. */
  readonly wanted: readonly string[];
  /** The names that this account can see at the vendor now. */
  readonly known: Iterable<string>;
  /** Names known from the states of earlier runs. Default: none. */
  readonly seen?: Iterable<string>;
  /** `config.projects`: an error names the entry, `config.projects[1]`. */
  readonly place: string;
  /** The kind of thing named, in the singular: `project`. */
  readonly what: string;
  /** The hint if no similar name exists. Default: check the spelling and the account's permissions. */
  readonly hint?: string;
}

/**
 * Checks the names in an option against the names that exist. A name that was never seen is a config mistake. A
 * name found in an earlier state was right and has since disappeared. For such a name the caller logs a warning if
 * it was to be left out; if it was to be read, the caller fails only what belongs to it (INCOMPLETE). The other
 * names are read normally.
 * ```ts
 * const gone = namesGone({
 *   wanted: config.projects ?? [],
 *   known: keys,
 *   seen: keysOfState,
 *   place: 'config.projects',
 *   what: 'project',
 * });
 * ```
 * @returns the names that have disappeared, in the order of the config
 * @throws ConfigErrors (`config.unknown_name`) listing every name that was never seen, each with "did you mean"
 */
export function namesGone({ wanted, known, seen = [], place, what, hint }: NamesToFind): string[] {
  const there = new Set(known);
  const before = new Set(seen);
  const gone: string[] = [];
  const errors: ConfigError[] = [];
  for (const [k, name] of wanted.entries()) {
    if (there.has(name)) continue;
    if (before.has(name)) gone.push(name);
    else {
      const near = didYouMean(name, there);
      errors.push(
        new ConfigError(`the account sees no ${what} ${name}`, {
          code: 'config.unknown_name',
          place: `${place}[${k}]`,
          hint: near ? `did you mean ${near}?` : (hint ?? 'check the spelling, and what the account may see'),
        }),
      );
    }
  }
  if (errors.length > 0) throw new ConfigErrors(errors);
  return gone;
}
