import { encodeName, type Place } from '@headrace/sdk/destination';

/** The tables of a source begin with this; SQLite keeps names that begin with `sqlite_` for itself. */
export function tablePrefix(source: string): string {
  return `${encodeName(source).replace(/^sqlite_/, 'sqlite%5F')}.`;
}

/**
 * A table for a stream, another one for each: `shop.users`, `shop.eu.users` in the namespace eu. `encodeName` writes
 * capitals as %XX, for SQLite takes `A` and `a` for the same. Behind a `~` stands what readers leave alone:
 * `shop.users~7` waits to take the place of `shop.users`.
 */
export function tableName({ key, beside, quarantine }: Place): string {
  const names = key.namespace === '' ? [key.stream] : [key.namespace, key.stream];
  const name = `${tablePrefix(key.source)}${names.map(encodeName).join('.')}`;
  if (quarantine) return `${name}~quarantine`;
  return beside === undefined ? name : `${name}~${beside}`;
}
