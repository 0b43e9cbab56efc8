import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { text } from '../columns.ts';
import { onePage } from '../pages.ts';
import { NO_LINKS, unless } from '../passed-over.ts';

/** Every kind of link between issues; none where the site has linking switched off. */
export const issueLinkTypes = defineStream<JiraApi>()({
  name: 'issue_link_types',
  description: 'A kind of link between issues, and what it is called from either end.',
  schema: {
    properties: { id: { type: 'string' }, self: text, name: text, inward: text, outward: text },
  },
  primaryKey: ['id'],
  read: ({ api, select }) =>
    unless(
      [NO_LINKS],
      'issue_link_types',
      api,
      onePage(api, { path: '/rest/api/3/issueLinkType' }, select('issueLinkTypes')),
    ),
});
