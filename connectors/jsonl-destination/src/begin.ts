import { ConfigError, type DestinationEnv, type RunStart } from '@headrace/sdk';
import type { JsonlConfig } from './config.ts';
import { finishCopies } from './finish.ts';
import { Journal } from './journal.ts';
import type { Owner } from './journal-rows.ts';
import { type Lock, takeLock } from './lock.ts';
import { refuseLosses } from './losses.ts';
import { modesOf } from './modes.ts';
import { checkPlace } from './place.ts';
import { repair } from './repair.ts';
import { sourceName } from './source-name.ts';

interface BeginOptions {
  readonly root: string;
  readonly runId: string;
  readonly config: JsonlConfig;
  readonly env: DestinationEnv;
}

/** What a run holds from its first record to its end. */
export interface BegunRun {
  readonly owner: Owner;
  readonly lock: Lock;
  readonly journal: Journal;
  /** The source goes on from states that are committed here. */
  readonly resumes: boolean;
  /** Aborted when the process is told to stop. */
  readonly signal: AbortSignal;
}

/** Takes the lock, then looks at what is there, then repairs it. Nothing is stored before all of that went well. */
export async function beginRun(
  start: RunStart,
  { root, runId, config, env }: BeginOptions,
): Promise<BegunRun> {
  const source = sourceName(env.source, config.source, start);
  await checkPlace(root, config, env);
  const modes = modesOf(config);
  const lock = await takeLock({ root, source, runId, env, signal: start.signal, modes });
  let journal: Journal | undefined;
  try {
    const owner = { source, scope: config.state_scope };
    journal = await Journal.openExisting(root, modes);
    await refuseLosses(root, journal, source);
    journal ??= await Journal.open(root, modes);
    refuseOutdated(start, journal.commitNumber(owner), root);
    await repair(root, journal, source, env);
    await finishCopies({ root, journal, env, config, runId }, source);
    journal.register(owner);
    return { owner, lock, journal, resumes: (start.stateCommit ?? 0) > 0, signal: start.signal };
  } catch (error) {
    journal?.close();
    lock.release();
    throw error;
  }
}

function refuseOutdated({ stateCommit }: RunStart, number: number, root: string): void {
  if (stateCommit === undefined || stateCommit === number) return;
  throw new ConfigError(
    `another pipe wrote since; run again (states of commit ${stateCommit} were read, ${number} is the last)`,
    {
      code: 'destination.state_commit',
      place: root,
      hint: 'run the whole pipe again, from jsonl-destination state on',
    },
  );
}
