import { expect, test } from 'vitest';
import { readInput } from './read-input.ts';

test('an input without end is refused at its limit', async () => {
  await expect(readInput('/dev/zero', '--catalog', 1 << 20)).rejects.toMatchObject({
    code: 'input.too_large',
    place: '--catalog',
    message: '/dev/zero is larger than 1 MiB',
  });
  await expect(readInput('/dev/null', '--catalog', 1)).resolves.toEqual({ text: '', isFile: false });
});
