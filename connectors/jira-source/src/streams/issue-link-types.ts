import { defineStream } from '@headrace/sdk';
import { onePage } from '../answers/pages.ts';
import type { JiraApi } from '../api.ts';
import { NO_LINKS } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { text } from '../schemas/columns.ts';

const PATH = '/rest/api/3/issueLinkType';

/** All types of links between issues. Empty if the site has disabled linking. */
export const issueLinkTypes = defineStream<JiraApi>()({
  name: 'issue_link_types',
  description: 'A type of link between issues, with its name in each direction.',
  schema: {
    properties: { id: { type: 'string' }, self: text, name: text, inward: text, outward: text },
  },
  primaryKey: ['id'],
  read: ({ api, select }) =>
    unless(
      [NO_LINKS],
      { stream: 'issue_link_types', id: '', path: PATH },
      api,
      onePage(api, { path: PATH }, select('issueLinkTypes')),
    ),
});
