import { ConfigError } from '../../errors.ts';
import { giveUpUnfinished } from '../copies/begin.ts';
import { type CopyChanges, NO_CHANGES, withChanged } from '../copies/copy.ts';
import type { Verb, VerbCall } from '../define.ts';
import { keyOf, type Owner, streamLabel } from '../names/names.ts';
import { type Committed, commitNumber, type StoredState } from '../store/committed.ts';
import type { Commit, Facts } from '../store/store.ts';
import { withCommit } from '../store/with-commit.ts';
import { readStates } from './state-file.ts';
import { type StoreVerbs, type VerbStore, withStore } from './with-store.ts';

const RUN_ID = 'state';

/** `state`: prints what is committed, as one line for a source's `--state -`. */
export function stateVerb<Config, Part>(of: StoreVerbs<Config, Part>): Verb<Config> {
  return {
    name: 'state',
    description: 'print the committed states as one line: a JSON list, [] if there are none',
    options: [
      {
        flags: '--set <file>',
        description: 'replace the committed states by these; - is standard input',
      },
      { flags: '--reset', description: 'delete the states: everything is read again; records stay' },
      { flags: '--streams <names>', description: 'with --reset: only these streams, separated by commas' },
    ],
    async run(call) {
      const { set, reset, streams } = call.options;
      if (set !== undefined && reset) throw misuse('--set and --reset cannot be used together');
      if (streams !== undefined && !reset) throw misuse('--streams can only be used with --reset');
      const work = typeof set === 'string' ? setStates(set) : reset ? resetStates : printStates;
      await withStore(of, call, RUN_ID, (store) => work(store, call));
      return 0;
    },
  };
}

type Work = <Part>(store: VerbStore<Part>, call: VerbCall<unknown>) => Promise<void>;

const printStates: Work = async ({ store, source, scope, take }, { out }) => {
  if (source === undefined) {
    out('[]');
    return;
  }
  await take(source, 'look');
  await store.refuseLosses?.(source);
  out(stateList(await store.load({ source, scope })));
};

function setStates(file: string): Work {
  return async (of, { env, out }) => {
    const states = await readStates(file);
    const owner = await taken(of);
    await of.store.refuseLosses?.(owner.source);
    const committed = await of.store.load(owner);
    const facts = { owner, now: env.now(), runId: 'state --set', states, forget: committed.states };
    out(await replaced(of, committed, facts));
  };
}

const resetStates: Work = async (of, { env, options, out }) => {
  const names =
    typeof options.streams === 'string' ? options.streams.split(',').map((name) => name.trim()) : undefined;
  const owner = await taken(of);
  const all = (await of.store.load(owner)).states;
  const forget = names ? chosen(all, names) : all;
  if (!names) await of.store.acceptLosses?.(owner);
  const committed = await of.store.load(owner);
  const facts = { owner, now: env.now(), runId: RUN_ID, states: [], forget };
  const list = await replaced(of, committed, facts, givenUp(committed, owner, forget));
  for (const { stream, namespace, kind } of forget)
    env.log.info(`forgot the state of ${kind === 'STREAM' ? streamLabel(stream, namespace) : 'all streams'}`);
  out(list);
};

async function taken<Part>({ source, scope, take }: VerbStore<Part>): Promise<Owner> {
  if (source === undefined)
    throw new ConfigError('nothing was written here yet, so the source must be named', {
      code: 'state.source',
      place: '--source',
      hint: 'use --source NAME, or set source in the config',
    });
  await take(source, 'write');
  return { source, scope };
}

/** Replaces states, so that those given out before are outdated. Returns what is committed afterwards. */
async function replaced<Part>(
  { store, half }: VerbStore<Part>,
  committed: Committed,
  facts: Pick<Facts, 'owner' | 'now' | 'runId' | 'states' | 'forget'>,
  { copies, moves }: CopyChanges = NO_CHANGES,
): Promise<string> {
  const commit: Commit<Part> = {
    ...facts,
    from: committed.number,
    number: committed.number + 1,
    streams: [],
    copies,
    counts: [],
    parts: moves.map((move) => half.move(move)),
  };
  await store.transaction(commit);
  return stateList(withCommit(committed, commit));
}

/** Gives up unfinished copies that were to replace others: without their states they cannot be continued. */
function givenUp({ copies }: Committed, owner: Owner, forget: readonly StoredState[]): CopyChanges {
  let changes: CopyChanges = NO_CHANGES;
  for (const { stream, namespace } of forget) {
    const key = keyOf(owner.source, { name: stream, namespace });
    const more = giveUpUnfinished(withChanged(copies, changes.copies), key, owner);
    changes = { copies: [...changes.copies, ...more.copies], moves: [...changes.moves, ...more.moves] };
  }
  return changes;
}

/** A list in the platform's form, with the commit number in each state. The states keep the source's bytes. */
function stateList(committed: Committed): string {
  const number = commitNumber(committed);
  return `[${committed.states.map(({ json }) => `${json.slice(0, -1)},"commit":${number}}`).join(',')}]`;
}

function chosen(all: readonly StoredState[], names: readonly string[]): StoredState[] {
  const shared = all.find(({ kind }) => kind !== 'STREAM');
  if (shared) throw misuse('the source has one state for all streams, which can only be reset as a whole');
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
