import { ConfigError, type VerbCall } from '@headrace/sdk';
import type { JsonlConfig } from './config.ts';
import { Journal } from './journal.ts';
import { findData } from './losses.ts';
import { modesOf } from './modes.ts';

/**
 * Which source a verb is about: the flag, the option, else the only one that was ever written there; undefined
 * where none was. @throws ConfigError listing several
 */
export async function knownSource(
  root: string,
  { config, env }: Pick<VerbCall<JsonlConfig>, 'config' | 'env'>,
): Promise<string | undefined> {
  const named = env.source ?? config.source;
  if (named !== undefined) return named;
  const journal = await Journal.openToRead(root);
  const sources = journal?.sources() ?? [];
  journal?.close();
  if (sources.length > 1) {
    throw new ConfigError(`several sources were written here: ${sources.join(', ')}`, {
      code: 'state.source',
      place: '--source',
      hint: 'choose one with --source',
    });
  }
  return sources[0];
}

/** Where nothing was ever written that a journal knows, no data may stand. @throws ConfigError */
export async function refuseUnknownData(root: string): Promise<void> {
  const found = await findData(root);
  if (!found) return;
  throw new ConfigError(`there is data that no journal knows: ${found}`, {
    code: 'journal.missing',
    place: root,
    hint: 'restore _headrace from a copy, or: state --reset --source NAME (everything is read again)',
  });
}

/**
 * The journal and the source that a verb is about; undefined where there is nothing yet.
 * @throws ConfigError where there is data that no journal knows
 */
export async function openKnown(
  root: string,
  { config, env }: Parameters<typeof knownSource>[1],
  purpose: 'read' | 'write' = 'read',
): Promise<{ source: string; journal: Journal } | undefined> {
  const source = await knownSource(root, { config, env });
  const journal =
    purpose === 'read' ? await Journal.openToRead(root) : await Journal.openExisting(root, modesOf(config));
  if (journal && source !== undefined) return { source, journal };
  journal?.close();
  await refuseUnknownData(root);
  return undefined;
}
