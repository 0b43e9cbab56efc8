import {
  partitionsOfState,
  readState,
  type StatePartition,
  type StateToCommit,
  statesInText,
} from '@headrace/sdk/protocol';
import { ConfigError, didYouMean } from '@headrace/sdk/spec';
import { askEnd } from './ask-end.ts';
import { factsOf } from './connector-facts.ts';
import type { Job } from './job.ts';
import type { Interrupt, Ports } from './ports.ts';

/** The states of a job, wherever they are kept. */
export interface JobStates {
  readonly keptBy: 'destination' | 'runner';
  /** A JSON list, byte for byte as it is kept; our destinations add a commit number to each. */
  readonly text: string;
  readonly states: readonly StateToCommit[];
}

/** What `changeStates` does: puts other states in their place, or forgets those of some streams (none: of all). */
export type StateChange =
  | { readonly kind: 'set'; readonly text: string; readonly place: string }
  | { readonly kind: 'reset'; readonly streams?: readonly string[] };

/** The states from which the next run would continue. */
export function statesOf(job: Job, ports: Ports, interrupt: Interrupt): Promise<JobStates> {
  return askEnd('destination', job, ports, interrupt, async ({ connector, config, spec }, call) => {
    if (factsOf(spec)?.state) {
      const text = await connector.verb(config, { name: 'state' }, call);
      return { keptBy: 'destination', text, states: statesInText(text, connector.name) };
    }
    const kept = await ports.states.load(job);
    const states = kept.map((json) => readState(json)).filter((one) => one !== undefined);
    return { keptBy: 'runner', text: `[${kept.join(',')}]`, states };
  });
}

/**
 * Changes the states of a job that is not running.
 * @param keep called with the states as they are, before anything changes: so that the change can be undone
 * @throws ConfigError if it is running, or names a stream that has no state
 */
export async function changeStates(
  job: Job,
  change: StateChange,
  ports: Ports,
  interrupt: Interrupt,
  keep: (states: JobStates) => Promise<string | undefined>,
): Promise<{ before: JobStates; kept: string | undefined }> {
  const running = await ports.history.running(job);
  if (running)
    throw new ConfigError(`${job.name} is running since ${new Date(running.started).toISOString()}`, {
      code: 'run.already_running',
      hint: 'wait until it ends: it would save its own states over these',
    });
  const before = await statesOf(job, ports, interrupt);
  const text = change.kind === 'set' ? asList(statesInText(change.text, change.place)) : undefined;
  const names = change.kind === 'reset' ? change.streams : undefined;
  if (names) mustHave(before.states, names);
  const kept = await keep(before);
  if (before.keptBy === 'destination')
    await askEnd('destination', job, ports, interrupt, ({ connector, config }, call) => {
      const args = names ? ['--reset', '--streams', names.join(',')] : ['--reset'];
      const verb = text === undefined ? { name: 'state', args } : { name: 'state', files: { set: text } };
      return connector.verb(config, verb, call);
    });
  else {
    const left = names ? before.states.filter((one) => !isNamed(one, names)) : [];
    const next = text === undefined ? left : statesInText(text, 'the states');
    await ports.states.save(
      job,
      next.map(({ json }) => json),
    );
  }
  return { before, kept };
}

/** How far a partition of a stream was read. */
export interface CursorRow extends StatePartition {
  /** Null where one state is for all streams. */
  readonly stream: string | null;
}

/** A row for each partition of each stream; a state that does not tell its partitions is one row. */
export function cursorRows(states: readonly StateToCommit[]): CursorRow[] {
  return states.flatMap(({ stream, json }) => {
    const name = stream ? (stream.namespace ? `${stream.namespace}.${stream.name}` : stream.name) : null;
    return partitionsOfState(json).map((one) => ({ stream: name, ...one }));
  });
}

function asList(states: readonly StateToCommit[]): string {
  return `[${states.map(({ json }) => json).join(',')}]`;
}

function isNamed({ stream }: StateToCommit, names: readonly string[]): boolean {
  if (!stream) return false;
  return names.includes(stream.name) || names.includes(`${stream.namespace}.${stream.name}`);
}

/** @throws ConfigError naming the first that is not there */
function mustHave(states: readonly StateToCommit[], names: readonly string[]): void {
  if (states.some(({ stream }) => !stream))
    throw new ConfigError('the source keeps one state for all streams: it can only be reset whole', {
      code: 'state.shared',
      place: '--streams',
    });
  for (const name of names) {
    if (states.some((one) => isNamed(one, [name]))) continue;
    const there = states.map(({ stream }) => stream?.name ?? '');
    const near = didYouMean(name, there);
    throw new ConfigError(`there is no state of ${name}`, {
      code: 'state.unknown_stream',
      place: '--streams',
      hint: near
        ? `did you mean ${near}?`
        : there.length > 0
          ? `there are: ${there.join(', ')}`
          : 'there is no state at all',
    });
  }
}
