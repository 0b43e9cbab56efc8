import { defineStream } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

/** What the members of an issue's `fields` mean: system and custom fields. */
export const fields = defineStream<JiraApi>()({
  name: 'fields',
  description: 'A system or custom field: what a member of an issue’s fields means.',
  schema: {
    properties: {
      id: { type: 'string' },
      key: { type: ['null', 'string'] },
      name: { type: ['null', 'string'] },
      untranslatedName: {
        type: ['null', 'string'],
        description: 'custom fields: the name without translation',
      },
      custom: { type: ['null', 'boolean'] },
      orderable: { type: ['null', 'boolean'] },
      navigable: { type: ['null', 'boolean'] },
      searchable: { type: ['null', 'boolean'] },
      clauseNames: { type: ['null', 'array'], items: { type: 'string' } },
      schema: { type: ['null', 'object'], additionalProperties: true },
      scope: { type: ['null', 'object'], additionalProperties: true },
    },
  },
  primaryKey: ['id'],
  read: async function* ({ api, select }) {
    yield await api.http.page({ path: api.path('/field') }, select(''));
  },
});
