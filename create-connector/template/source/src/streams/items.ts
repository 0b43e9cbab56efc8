import { defineStream, timeWindow } from '@headrace/sdk';
import type { AcmeApi } from '../api.ts';

/** Every item, again whenever it was updated. */
export const items = defineStream<AcmeApi>()({
  name: 'items',
  description: 'An item of a group; sent again when it was updated.',
  schema: {
    properties: {
      id: { type: 'integer' },
      updated: { type: 'string', format: 'date-time' },
      group: { type: ['null', 'integer'] },
      n: { type: ['null', 'integer'] },
      version: { type: ['null', 'integer'] },
      exact: { type: ['null', 'number'] },
      big: { type: ['null', 'integer'], description: 'more digits than a double holds: they all arrive' },
      path: { type: ['null', 'string'] },
      text: { type: ['null', 'string'] },
      group_name: { type: ['null', 'string'], description: 'of the group that the item was found in' },
    },
  },
  primaryKey: ['id'],
  cursorField: 'updated',
  // What of a record is looked at. All its bytes are passed on as they came.
  record: { id: 'id', updated: 'updated' },
  // Read side by side, each with a state of its own.
  partitions: (api) => api.groups(),
  cursor: ({ config }) =>
    timeWindow({
      key: 'id',
      value: 'updated',
      safetyMinutes: config.safety_window_minutes,
      start: config.start_date === undefined ? undefined : Date.parse(config.start_date),
    }),
  read: ({ api, partition, from, select }) => api.items(partition.key, from, select),
  // What an item does not say about itself: spliced in behind the vendor's own fields.
  context: { group_name: (_page, _row, group) => group.name },
});
