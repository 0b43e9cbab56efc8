import { defineStream, keepRows } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import { NO_FIELD_SEARCH } from '../refusals/kinds.ts';
import { unless } from '../refusals/unless.ts';
import { flag, integer, object, text, texts } from '../schemas/columns.ts';

/** Additional information from `/field/search`. */
const EXPAND = 'key,stableId,lastUsed,screensCount,contextsCount,isLocked,searcherKey';

/** All system and custom fields of issues. */
export const fields = defineStream<JiraApi>()({
  name: 'fields',
  description: 'A system or custom field of issues.',
  schema: {
    properties: {
      id: { type: 'string' },
      key: text,
      name: text,
      untranslatedName: { ...text, description: 'custom fields: the name without translation' },
      custom: flag,
      orderable: flag,
      navigable: flag,
      searchable: flag,
      clauseNames: texts,
      schema: object,
      scope: object,
      description: { ...text, description: 'this and the following: only for fields in /field/search' },
      translatedName: text,
      translatedDescription: text,
      typeDisplayName: text,
      searcherKey: text,
      stableId: text,
      isLocked: flag,
      isUnscreenable: flag,
      areOptionsSupported: flag,
      isOptionsCountOverLimit: flag,
      screensCount: integer,
      contextsCount: integer,
      projectsCount: integer,
      lastUsed: object,
    },
  },
  primaryKey: ['id'],
  record: { id: 'id' },
  // Neither list is complete. One omits fields that are on no screen, the other fields of team-managed projects.
  read: async function* ({ api, select }) {
    const listed = await api.http.page({ path: api.path('/field') }, select(''));
    const known = new Set(Array.from({ length: listed.count }, (_, row) => listed.value(row, 'id')));
    yield listed;
    if (api.deployment === 'data-center') return;
    const asked = { stream: 'fields', id: '', path: api.path('/field/search') };
    const searched = api.list(asked.path, { expand: EXPAND }, select);
    for await (const page of unless([NO_FIELD_SEARCH], asked, api, searched)) {
      keepRows(page, (row) => !known.has(page.value(row, 'id')));
      if (page.count > 0) yield page;
    }
  },
});
