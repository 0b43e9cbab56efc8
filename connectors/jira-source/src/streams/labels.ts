import { Buffer } from 'node:buffer';
import { defineStream, pageOfRecords, pagesByOffset, recordsOf, Selection } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

/** Jira returns labels as plain strings. */
const LABELS = new Selection({
  records: 'values',
  fields: { isLast: 'isLast', total: 'total' },
  record: { label: '' },
});
const [BEFORE, BEHIND] = [Buffer.from('{"label":'), Buffer.from('}')];

/** All labels in use. */
export const labels = defineStream<JiraApi>()({
  name: 'labels',
  description: 'A label that is in use.',
  schema: { properties: { label: { type: 'string' } } },
  primaryKey: ['label'],
  read: async function* ({ api, select }) {
    const pages = pagesByOffset(api.http, { path: '/rest/api/3/label' }, LABELS, {
      key: ['label'],
      offset: 'startAt',
      size: ['maxResults', 1000],
      isLast: 'isLast',
      total: 'total',
    });
    for await (const page of pages)
      yield pageOfRecords(
        recordsOf(page).map((label) => Buffer.concat([BEFORE, label, BEHIND])),
        select(''),
      );
  },
});
