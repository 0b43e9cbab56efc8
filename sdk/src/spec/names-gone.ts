import { ConfigError, ConfigErrors } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';

/** Names in a config (keys of projects, repositories, jobs), and those that there are. */
export interface NamesToFind {
  /** The option's value, as it stands in the config. */
  readonly wanted: readonly string[];
  /** What the vendor shows this account now. */
  readonly known: Iterable<string>;
  /** What the states of earlier runs know, under the names of that time; → nothing. */
  readonly seen?: Iterable<string>;
  /** `config.projects`: an error names the entry, `config.projects[1]`. */
  readonly place: string;
  /** What the names are of, in the singular: `project`. */
  readonly what: string;
  /** What to look at where no name is near; → the spelling, and the account's permissions. */
  readonly hint?: string;
}

/**
 * Holds the names of an option against those that there are. A name that nobody has ever seen is a mistake of the
 * config. One that an earlier state knows was right, and is gone since: the caller WARNs of it if it was to be left
 * out, and fails what belongs to it (INCOMPLETE) if it was to be read; the others run.
 * ```ts
 * const gone = namesGone({ wanted: config.projects ?? [], known: keys, seen: keysOfState, place: 'config.projects', what: 'project' });
 * ```
 * @returns the names that are gone, in the order of the config
 * @throws ConfigErrors (`config.unknown_name`) with every name that was never seen, each with "did you mean"
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
