import type { DeadLetter } from '../engine/ports.ts';
import { errorLines } from './error-lines.ts';
import { paint } from './line.ts';
import type { Output } from './output.ts';
import { clockTime, span, streamName } from './text.ts';

/** One line per dead letter, and its first error below. */
export function showLetters(output: Output, letters: readonly DeadLetter[], now: number): void {
  if (letters.length === 0) output.say('there are no dead letters');
  for (const letter of letters) {
    const mark = letter.resolved === undefined ? paint('red', '✗') : paint('green', '✓');
    output.say([mark, ` ${letter.id}  ${titleOf(letter)}: ${stateOf(letter, now)}`]);
    const [error] = letter.errors;
    if (error && letter.resolved === undefined) output.say(`     ${error.code}: ${error.message}`);
  }
}

/** All that is known of one. */
export function showLetter(output: Output, letter: DeadLetter, now: number): void {
  output.say(`dead letter ${letter.id}: ${titleOf(letter)}`);
  output.say(`  ${stateOf(letter, now)}`);
  output.say(`  first failed ${clockTime(letter.opened)} UTC in run ${letter.openedBy}`);
  output.say(`  last failed  ${clockTime(letter.lastAt)} UTC in run ${letter.lastRun}`);
  const left =
    letter.streams?.map(streamName).join(', ') ?? 'everything: it failed before its streams were known';
  output.say(`  left to do   ${left}`);
  for (const error of letter.errors)
    for (const line of errorLines({ ...error, place: error.place ?? error.stream ?? error.origin }))
      output.say(line);
  if (letter.resolved === undefined) output.say(`  → headrace dead retry ${letter.id}`);
}

function titleOf({ tenant, job, options }: DeadLetter): string {
  const what = options.backfill ? `, backfill since ${options.backfill.since}` : '';
  return `${tenant} › ${job}${what}`;
}

function stateOf({ runs, opened, resolved, resolution, resolvedBy }: DeadLetter, now: number): string {
  if (resolution === 'dropped') return `dropped ${span(now - (resolved as number))} ago`;
  if (resolved !== undefined) return `resolved by run ${resolvedBy}, ${span(now - resolved)} ago`;
  const times = runs === 1 ? 'failed once' : `failed ${runs} times in a row`;
  return `${times}, open for ${span(now - opened)}`;
}
