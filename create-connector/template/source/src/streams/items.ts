import { defineStream, timeWindow } from '@headrace/sdk';
import type { AcmeApi } from '../api.ts';

/** All items. An item is sent again after each update. */
export const items = defineStream<AcmeApi>()({
  name: 'items',
  description: 'An item of a group; sent again after each update.',
  schema: {
    properties: {
      id: { type: 'integer' },
      updated: { type: 'string', format: 'date-time' },
      group: { type: ['null', 'integer'] },
      n: { type: ['null', 'integer'] },
      version: { type: ['null', 'integer'] },
      exact: { type: ['null', 'number'] },
      big: {
        type: ['null', 'integer'],
        description: 'more digits than a double holds; all of them are kept',
      },
      path: { type: ['null', 'string'] },
      text: { type: ['null', 'string'] },
      group_name: { type: ['null', 'string'], description: 'the name of the item’s group' },
    },
  },
  primaryKey: ['id'],
  cursorField: 'updated',
  // The fields that the SDK reads from a record. The whole record is sent unchanged.
  record: { id: 'id', updated: 'updated' },
  // Partitions are read concurrently, each with its own state.
  partitions: (api) => api.groups(),
  cursor: ({ config }) =>
    timeWindow({
      key: 'id',
      value: 'updated',
      safetyMinutes: config.safety_window_minutes,
      start: config.start_date === undefined ? undefined : Date.parse(config.start_date),
    }),
  read: ({ api, partition, from, select }) => api.items(partition.key, from, select),
  // Fields that the item itself does not have. They are added after the vendor's own fields.
  context: { group_name: (_page, _row, group) => group.name },
});
