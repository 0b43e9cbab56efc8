import { workAhead } from '@headrace/sdk';
import type { Alone } from './alone.ts';

/** So many failures in a row are no builds' fault: the server fails. */
const MOST_FAULTS = 5;
/** A longer run of missing numbers is what rotation leaves behind. */
const SHORT_RUN = 25;

/** Takes the answers about single builds. @throws HeadraceError if too many in a row fail */
class Answers<R extends string> {
  readonly all = new Map<number, Alone<R>>();
  readonly #ask: (number: number) => Promise<Alone<R>>;
  #faults = 0;

  constructor(ask: (number: number) => Promise<Alone<R>>) {
    this.#ask = ask;
  }

  #take(number: number, answer: Alone<R>): void {
    this.#faults = answer.kind === 'unreadable' ? this.#faults + 1 : 0;
    if (answer.kind === 'unreadable' && this.#faults >= MOST_FAULTS) throw answer.error;
    this.all.set(number, answer);
  }

  /** Asks for each. */
  async each(numbers: readonly number[]): Promise<void> {
    const answers = workAhead(numbers, AT_ONCE, async (number) => [number, await this.#ask(number)] as const);
    for await (const [number, answer] of answers) this.#take(number, answer);
  }

  /** Asks one after the other until one does not exist. */
  async whileThere(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      if (this.all.has(number)) return;
      this.#take(number, await this.#ask(number));
      if (this.all.get(number)?.kind === 'gone') return;
    }
  }
}

/**
 * Builds by their numbers.
 * @param ask brings one of them
 * @throws HeadraceError if too many in a row fail
 */
export async function askedFor<R extends string>(
  numbers: readonly number[],
  ask: (number: number) => Promise<Alone<R>>,
): Promise<ReadonlyMap<number, Alone<R>>> {
  const answers = new Answers(ask);
  await answers.each(numbers);
  return answers.all;
}

/**
 * Looks for builds that a list does not show although others around them are there: Jenkins leaves out what it cannot
 * export, without a word. A short run of missing numbers is looked for whole. A long one, and the one below the oldest
 * build, is looked for from its ends, as far as builds are found.
 * @param ask brings one of them
 * @throws HeadraceError if too many in a row fail
 */
export async function lookedFor<R extends string>(
  runs: readonly Run[],
  ask: (number: number) => Promise<Alone<R>>,
): Promise<ReadonlyMap<number, Alone<R>>> {
  const answers = new Answers(ask);
  for (const { numbers, isOldest } of runs) {
    if (!isOldest && numbers.length <= SHORT_RUN) await answers.each(numbers);
    else await answers.whileThere(numbers);
    if (!isOldest && numbers.length > SHORT_RUN) await answers.whileThere(numbers.toReversed());
  }
  return answers.all;
}

const AT_ONCE = 4;

/** Numbers that are missing one after the other. */
export interface Run {
  /** The newest first. */
  readonly numbers: readonly number[];
  /** Nothing older than these was listed, and nothing older was sent before. */
  readonly isOldest: boolean;
}

/**
 * The runs in which numbers are missing.
 * @param wanted the newest first
 * @param isFirst whether the last of them is the oldest that can be
 */
export function runsOf(
  wanted: readonly number[],
  isThere: (number: number) => boolean,
  isFirst: boolean,
): Run[] {
  const runs: number[][] = [];
  let isRun = false;
  for (const number of wanted) {
    if (isThere(number)) isRun = false;
    else if (isRun) runs.at(-1)!.push(number);
    else {
      runs.push([number]);
      isRun = true;
    }
  }
  return runs.map((numbers, i) => ({ numbers, isOldest: isFirst && isRun && i === runs.length - 1 }));
}
