import type { Config } from './config.ts';

/** What cursor, keys and context fields of the issues need, whatever subset of fields is configured. */
const NEEDED = ['updated', 'created', 'project'];

/** The fields that a search asks for. */
export function searchFields({ fields }: Config): string[] {
  // `-name` alone means everything but that; what is needed cannot be taken away.
  const base = fields.every((name) => name.startsWith('-')) ? ['*all', ...fields] : fields;
  const kept = base.filter((name) => !NEEDED.includes(name.slice(1)));
  return [...new Set([...kept, ...(kept.includes('*all') ? [] : NEEDED)])];
}
