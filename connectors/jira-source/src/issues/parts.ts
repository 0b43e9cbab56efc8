import type { Config } from '../config.ts';
import type { IssueParts } from '../site/deployment.ts';

/** Fields that the scan and the context fields need, regardless of the configured ones. */
const NEEDED = ['updated', 'created', 'project'];
/** Streams that are read from a field of the issue. */
const OF_STREAM: Readonly<Record<string, string>> = { comments: 'comment', attachments: 'attachment' };

/**
 * The parts of an issue that the selected streams need: the configured fields if `issues` is selected, plus the fields
 * of the other streams.
 * @param development the id of the Development field, if the site has one
 * @param isDataCenter on Data Center, the issue contains its whole changelog
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
  // `-name` alone means all fields except that one. Required fields cannot be excluded.
  const base = fields.every((name) => name.startsWith('-')) ? ['*all', ...fields] : fields;
  const kept = base.filter((name) => !needed.includes(name.replace(/^-/, '')));
  return {
    fields: [...new Set([...kept, ...(kept.includes('*all') ? [] : needed)])],
    expand: [...new Set([...expand, ...changelog])],
  };
}
