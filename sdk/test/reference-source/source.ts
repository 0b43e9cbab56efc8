import { defineSource, defineStream, timeWindow } from '@headrace/sdk';
import { type ReferenceApi, referenceApi } from './api.ts';
import { config } from './config.ts';

const groups = defineStream<ReferenceApi>()({
  name: 'groups',
  description: 'A group of items.',
  schema: {
    properties: {
      id: { type: 'string' },
      name: { type: ['null', 'string'] },
      items: { type: ['null', 'integer'] },
    },
  },
  primaryKey: ['id'],
  read: ({ api, select }) => api.groupPages(select),
});

const items = defineStream<ReferenceApi>()({
  name: 'items',
  description: 'An item of a group, again whenever it was updated.',
  schema: {
    properties: {
      id: { type: 'string' },
      group: { type: 'string' },
      n: { type: ['null', 'integer'] },
      version: { type: ['null', 'integer'] },
      updated: { type: 'string', format: 'date-time' },
      exact: { type: ['null', 'number'] },
      big: { type: ['null', 'integer'] },
      path: { type: ['null', 'string'] },
      text: { type: ['null', 'string'] },
    },
  },
  primaryKey: ['id'],
  cursorField: 'updated',
  record: { id: 'id', updated: 'updated' },
  partitions: (api) => api.groups(),
  cursor: (api) =>
    timeWindow({ key: 'id', value: 'updated', safetyMinutes: api.config.safety_window_minutes }),
  read: ({ api, partition, from, select }) => api.itemPages(partition.key, from, select),
});

/** A source over the test kit's API: the SDK's own tests and benchmarks run it. */
export default defineSource({
  name: 'reference-source',
  vendor: 'reference',
  config,
  origin: ({ base_url }) => new URL(base_url).host,
  open: referenceApi,
  check: async (api) => {
    await api.http.json({ path: '/whoami' });
  },
  streams: [groups, items],
  concurrency: ({ concurrency }) => concurrency,
});
