import { ConfigError, type Verb, type VerbCall } from '@headrace/sdk';
import { printable } from '@headrace/sdk/protocol';
import { type Compacted, compact } from './compact.ts';
import type { JsonlConfig } from './config.ts';
import { openKnown } from './known-source.ts';
import { takeLock } from './lock.ts';
import { refuseLosses } from './losses.ts';
import { rootOf } from './place.ts';
import { repair } from './repair.ts';
import { makeRunId } from './run-id.ts';
import { catalogKeys, journalKeys } from './stream-keys.ts';
import { count, size } from './verb-table.ts';

/** `compact`: the same records in fewer files, without copies. May be killed at any point. */
export const compactVerb: Verb<JsonlConfig> = {
  name: 'compact',
  description: 'make few files of many small ones and drop identical copies of records',
  options: [
    {
      flags: '--latest',
      description: 'keep one record a key: that with the greatest cursor, else the last one',
    },
    { flags: '--catalog <file>', description: 'with --latest: the keys, where no write had a catalog' },
  ],
  run,
};

async function run({ config, env, options, out }: VerbCall<JsonlConfig>): Promise<number> {
  const { latest, catalog } = options;
  if (catalog !== undefined && !latest)
    throw new ConfigError('--catalog goes with --latest', { code: 'cli.options', place: 'compact' });
  const root = rootOf(config, env.processEnv);
  const known = await openKnown(root, { config, env }, 'write');
  if (!known) {
    env.log.info(`there is nothing in ${root} yet`);
    return 0;
  }
  const { source, journal } = known;
  try {
    const runId = makeRunId(env.now(), env.random);
    const lock = await takeLock({ root, source, runId, env, modes: journal.modes });
    try {
      await refuseLosses(root, journal, source);
      await repair(root, journal, source, env);
      const keys = typeof catalog === 'string' ? await catalogKeys(catalog, source) : journalKeys(journal);
      const task = { root, journal, env, config, source, runId, latest: latest ? keys : undefined };
      for await (const done of compact(task)) out(line(done));
    } finally {
      lock.release();
    }
  } finally {
    journal.close();
  }
  return 0;
}

function line({ stream, kept, dropped, replaced, by, bytesBefore, bytesAfter }: Compacted): string {
  const records = `${printable(stream)}: ${count(kept)} records`;
  if (replaced === 0) return `${records}, nothing to do`;
  const files = `${count(replaced)} ${replaced === 1 ? 'file was' : 'files were'} replaced by ${count(by)}`;
  return `${records}, ${files}, ${count(dropped)} copies dropped, ${size(bytesBefore)} → ${size(bytesAfter)}`;
}
