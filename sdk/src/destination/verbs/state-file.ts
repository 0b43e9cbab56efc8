import { ConfigError } from '../../errors.ts';
import { LONGEST_STATES } from '../../protocol/limits.ts';
import type { StateToCommit } from '../../protocol/state-line.ts';
import { statesInText } from '../../protocol/states-in-text.ts';
import { readInput } from '../../runtime/read-input.ts';

const PLACE = '--set';

/**
 * Reads the states in a file, in any form that `statesInText` accepts.
 * @param file `-` is standard input
 * @throws ConfigError if it is anything else. Also if it is empty and not a regular file, because the program that
 *   should have written it has failed
 */
export async function readStates(file: string): Promise<StateToCommit[]> {
  const { text, isFile } = await readInput(file, PLACE, LONGEST_STATES);
  if (text.trim() !== '') return statesInText(text, PLACE);
  if (isFile) return [];
  throw new ConfigError('there is no input, but states were expected', {
    code: 'state.empty',
    place: PLACE,
    hint: 'use [] for no states',
  });
}
