import { ConfigError, type Verb } from '@headrace/sdk';
import { count, makeRunId, type StoreVerbs, size, withStore } from '@headrace/sdk/destination';
import { printable } from '@headrace/sdk/protocol';
import type { JsonlConfig } from '../config.ts';
import { repair } from '../repair/repair.ts';
import { type Compacted, compact } from '../rewrite/compact.ts';
import { catalogKeys, journalKeys } from '../rewrite/stream-keys.ts';
import type { FilePart, JournalStore } from '../store/journal-store.ts';

/** `compact`: the same records in fewer files, without duplicates. It can be killed at any time. */
export function compactVerb(of: StoreVerbs<JsonlConfig, FilePart, JournalStore>): Verb<JsonlConfig> {
  return {
    name: 'compact',
    description: 'merge small files and drop identical records',
    options: [
      {
        flags: '--latest',
        description: 'keep one record a key: that with the greatest cursor, else the last one',
      },
      { flags: '--catalog <file>', description: 'with --latest: the keys, where no write had a catalog' },
    ],
    async run(call) {
      const { config, env, options, out } = call;
      const { latest, catalog } = options;
      if (catalog !== undefined && !latest)
        throw new ConfigError('--catalog goes with --latest', { code: 'cli.options', place: 'compact' });
      const runId = makeRunId(env.now(), env.random);
      return withStore(of, call, runId, async ({ store, source, take }) => {
        const { root } = store;
        if (source === undefined || !(await store.known())) {
          env.log.info(`there is nothing in ${root} yet`);
          return 0;
        }
        await take(source, 'write');
        await store.refuseLosses(source);
        const journal = await store.writable();
        await repair(root, journal, source, env);
        const keys = typeof catalog === 'string' ? await catalogKeys(catalog, source) : journalKeys(journal);
        const task = { root, journal, env, config, source, runId, latest: latest ? keys : undefined };
        for await (const done of compact(task)) out(line(done));
        return 0;
      });
    },
  };
}

function line({ stream, kept, dropped, replaced, by, bytesBefore, bytesAfter }: Compacted): string {
  const records = `${printable(stream)}: ${count(kept)} records`;
  if (replaced === 0) return `${records}, nothing to do`;
  const files = `${count(replaced)} ${replaced === 1 ? 'file was' : 'files were'} replaced by ${count(by)}`;
  return `${records}, ${files}, ${count(dropped)} copies dropped, ${size(bytesBefore)} → ${size(bytesAfter)}`;
}
