import { ConfigError } from '../../errors.ts';
import { LONGEST_STATES } from '../../protocol/limits.ts';
import type { StateToCommit } from '../../protocol/state-line.ts';
import { statesInText } from '../../protocol/states-in-text.ts';
import { readInput } from '../../runtime/read-input.ts';

const PLACE = '--set';

/**
 * The states in a file, in any shape that `statesInText` reads.
 * @param file `-` is standard input
 * @throws ConfigError where it is something else, or empty and no regular file: something before it failed
 */
export async function readStates(file: string): Promise<StateToCommit[]> {
  const { text, isFile } = await readInput(file, PLACE, LONGEST_STATES);
  if (text.trim() !== '') return statesInText(text, PLACE);
  if (isFile) return [];
  throw new ConfigError('nothing came where states were expected', {
    code: 'state.empty',
    place: PLACE,
    hint: '[] says that there are none',
  });
}
