import { workAhead } from '@headrace/sdk';
import type { Alone } from './alone.ts';

/** So many failures in a row are no builds' fault: the server fails. */
const MOST_FAULTS = 5;
const AT_ONCE = 4;

/**
 * Builds by their numbers, several at a time.
 * @param ask brings one of them
 * @throws HeadraceError if too many in a row fail
 */
export async function askedFor<R extends string>(
  numbers: readonly number[],
  ask: (number: number) => Promise<Alone<R>>,
): Promise<ReadonlyMap<number, Alone<R>>> {
  const answers = new Map<number, Alone<R>>();
  let faults = 0;
  const asked = workAhead(numbers, AT_ONCE, async (number) => [number, await ask(number)] as const);
  for await (const [number, answer] of asked) {
    faults = answer.kind === 'unreadable' ? faults + 1 : 0;
    if (answer.kind === 'unreadable' && faults >= MOST_FAULTS) throw answer.error;
    answers.set(number, answer);
  }
  return answers;
}
