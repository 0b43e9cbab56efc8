import { defineSource, defineStream, Page, runConnector } from '@headrace/sdk';
import { sourceSpec } from '@headrace/sdk/spec';
import { z } from 'zod';

const items = defineStream<object>()({
  name: 'items',
  description: 'A record, and then a mistake that nobody awaits.',
  schema: { properties: { id: { type: 'integer' } } },
  primaryKey: ['id'],
  read: async function* () {
    yield Page.of([{ id: 1 }], { id: 'id' });
    void Promise.reject(new Error('nobody awaits this'));
    await new Promise((done) => setTimeout(done, 60_000));
  },
});

/** A source that forgets a promise. */
const source = defineSource({
  name: 'careless-source',
  vendor: 'careless',
  config: z.object({}),
  origin: () => 'careless.example',
  open: () => ({}),
  check: async () => {},
  streams: [items],
});

await runConnector({
  kind: 'source',
  name: 'careless-source',
  version: '0.0.0',
  spec: async () => sourceSpec(source),
  load: async () => ({ default: source }),
});
