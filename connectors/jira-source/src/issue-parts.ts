import type { Config } from './config.ts';

/** What is asked of each issue. */
export interface IssueParts {
  readonly fields: readonly string[];
  /** → nothing more */
  readonly expand: readonly string[];
}

/** What the scan itself, keys and context fields need, whatever subset of fields is configured. */
const NEEDED = ['updated', 'created', 'project'];
/** Streams that are served from fields of the issue. */
const OF_STREAM: Readonly<Record<string, string>> = { comments: 'comment', attachments: 'attachment' };

/**
 * What an issue has to bring for the streams that it serves: what is configured where `issues` is one of them, and
 * what each of the others looks at.
 * @param development the id of the Development field, where the site has one
 * @param isDataCenter changelogs stand in the issue there, whole
 */
export function issueParts(
  { fields, expand }: Pick<Config, 'fields' | 'expand'>,
  streams: ReadonlySet<string>,
  development?: string,
  isDataCenter = false,
): IssueParts {
  const needed = [...NEEDED];
  for (const [stream, field] of Object.entries(OF_STREAM)) if (streams.has(stream)) needed.push(field);
  if (development !== undefined && streams.has('dev_status')) needed.push(development);
  const changelog = isDataCenter && streams.has('issue_changelogs') ? ['changelog'] : [];
  if (!streams.has('issues')) return { fields: needed, expand: changelog };
  // `-name` alone means everything but that; what is needed cannot be taken away.
  const base = fields.every((name) => name.startsWith('-')) ? ['*all', ...fields] : fields;
  const kept = base.filter((name) => !needed.includes(name.replace(/^-/, '')));
  return {
    fields: [...new Set([...kept, ...(kept.includes('*all') ? [] : needed)])],
    expand: [...new Set([...expand, ...changelog])],
  };
}
