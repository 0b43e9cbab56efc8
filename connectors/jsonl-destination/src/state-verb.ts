import { ConfigError, type Verb, type VerbCall } from '@headrace/sdk';
import type { JsonlConfig } from './config.ts';
import { giveUpUnfinished } from './copies.ts';
import { Journal } from './journal.ts';
import type { Owner, StateRow } from './journal-rows.ts';
import { knownSource, refuseUnknownData } from './known-source.ts';
import { type Lock, takeLock, waitForWriter } from './lock.ts';
import { refuseLosses } from './losses.ts';
import { modesOf } from './modes.ts';
import { rootOf } from './place.ts';
import { resetFiles } from './reset.ts';
import { settleFiles } from './settle.ts';
import { readStates } from './state-file.ts';
import { streamLabel } from './stream-label.ts';
import { keyOf } from './stream-place.ts';
import { writeTables } from './tables.ts';

/** `state`: what is committed, as one line that a source takes with `--state -`. */
export const stateVerb: Verb<JsonlConfig> = {
  name: 'state',
  description: 'print the committed states as one line: a JSON list, [] when there is nothing yet',
  options: [
    {
      flags: '--set <file>',
      description: 'put these states in the place of what is committed; - is standard input',
    },
    { flags: '--reset', description: 'forget the states: everything is read again, files stay' },
    { flags: '--streams <names>', description: 'with --reset: only these streams, separated by commas' },
  ],
  async run(call) {
    const { options } = call;
    if (options.set !== undefined && options.reset) throw misuse('--set and --reset exclude each other');
    if (options.streams !== undefined && !options.reset) throw misuse('--streams goes with --reset');
    if (typeof options.set === 'string') await setStates(call, options.set);
    else if (options.reset) await resetStates(call);
    else await printStates(call);
    return 0;
  },
};

type Call = VerbCall<JsonlConfig>;

async function printStates({ config, env, out }: Call): Promise<void> {
  const root = rootOf(config, env.processEnv);
  const source = await knownSource(root, { config, env });
  if (source === undefined) {
    await refuseUnknownData(root);
    out('[]');
    return;
  }
  const lock = await waitForWriter({ root, source, runId: 'state', env, modes: modesOf(config) });
  try {
    const journal = await Journal.openToRead(root);
    try {
      await refuseLosses(root, journal, source);
      out(journal ? stateList(journal, { source, scope: config.state_scope }) : '[]');
    } finally {
      journal?.close();
    }
  } finally {
    lock?.release();
  }
}

async function setStates({ config, env, out }: Call, file: string): Promise<void> {
  const states = await readStates(file);
  await underLock({ config, env }, async (journal, root, owner) => {
    await refuseLosses(root, journal, owner.source);
    journal.register(owner);
    journal.replaceStates(owner, journal.states(owner), states, env.now());
    out(stateList(journal, owner));
  });
}

async function resetStates({ config, env, options, out }: Call): Promise<void> {
  const names =
    typeof options.streams === 'string' ? options.streams.split(',').map((name) => name.trim()) : undefined;
  await underLock({ config, env }, async (journal, root, owner) => {
    const all = journal.states(owner);
    journal.register(owner);
    if (!names) await resetFiles(root, journal, owner, env);
    const drop = names ? chosen(all, names) : all;
    journal.transaction(() => {
      journal.replaceStates(owner, drop, [], env.now());
      for (const { stream, namespace } of drop)
        giveUpUnfinished(journal, keyOf(owner.source, { name: stream, namespace }), owner);
    });
    await settleFiles(root, journal, owner.source);
    for (const { stream, namespace, kind } of drop)
      env.log.info(
        `forgot the state of ${kind === 'STREAM' ? streamLabel(stream, namespace) : 'all streams'}`,
      );
    out(stateList(journal, owner));
  });
}

async function underLock(
  { config, env }: Pick<Call, 'config' | 'env'>,
  work: (journal: Journal, root: string, owner: Owner) => Promise<void>,
): Promise<void> {
  const root = rootOf(config, env.processEnv);
  const source = await knownSource(root, { config, env });
  if (source === undefined)
    throw new ConfigError('nothing was written here yet: say which source is meant', {
      code: 'state.source',
      place: '--source',
      hint: '--source NAME, or source in the config',
    });
  const modes = modesOf(config);
  const lock: Lock = await takeLock({ root, source, runId: 'state', env, modes });
  try {
    const journal = await Journal.open(root, modes);
    try {
      await work(journal, root, { source, scope: config.state_scope });
      journal.transaction(() => writeTables(journal, root));
    } finally {
      journal.close();
    }
  } finally {
    lock.release();
  }
}

/** The platform's shape with the commit number in each; the states are the source's own bytes. */
function stateList(journal: Journal, owner: Owner): string {
  const number = journal.commitNumber(owner);
  return `[${journal
    .states(owner)
    .map(({ json }) => `${json.slice(0, -1)},"commit":${number}}`)
    .join(',')}]`;
}

function chosen(all: readonly StateRow[], names: readonly string[]): StateRow[] {
  const shared = all.find(({ kind }) => kind !== 'STREAM');
  if (shared) throw misuse('the source keeps one state for all streams: it can only be reset whole');
  const known = all.map(({ stream, namespace }) => streamLabel(stream, namespace));
  const missing = names.filter((name) => !known.includes(name) && !all.some(({ stream }) => stream === name));
  if (missing.length > 0) {
    throw new ConfigError(`there is no state of ${missing.join(', ')}`, {
      code: 'state.unknown_stream',
      place: '--streams',
      hint: `there are: ${known.join(', ')}`,
    });
  }
  return all.filter(
    ({ stream, namespace }) => names.includes(stream) || names.includes(streamLabel(stream, namespace)),
  );
}

function misuse(message: string): ConfigError {
  return new ConfigError(message, { code: 'cli.options', place: 'state' });
}
