import { DataError, Page, TransientError } from '@headrace/sdk';
import { testContext } from '@headrace/sdk/testing';
import { expect, it } from 'vitest';
import { NO_BOARD, NO_SPRINTS, passedOver, unless } from './passed-over.ts';

const page = Page.of([{ id: 1 }], {});
const said = (status: number, message: string): DataError =>
  new DataError(`the server answered ${status}: {"errorMessages":["${message}"]}`, {
    code: `http.${status}`,
  });

async function* failing(error: Error) {
  yield page;
  throw error;
}

/** How many pages came and what was told, or the error. */
async function read(error: Error): Promise<{ pages: number; logged: readonly string[] }> {
  const { log, logged } = testContext();
  const counted = passedOver(log);
  let pages = 0;
  for (const _ of [1, 2])
    for await (const _page of unless(
      [NO_SPRINTS, NO_BOARD],
      'sprints',
      { passedOver: counted },
      failing(error),
    ))
      pages++;
  counted.tell();
  return { pages, logged };
}

it('is told by the message: the pages before it stay, each kind is said once with its count', async () => {
  expect(await read(said(400, 'The board does not support sprints'))).toEqual({
    pages: 2,
    logged: ['INFO sprints: passed over boards that have no sprints (2)'],
  });
});

it.each([
  ['bad JQL', said(400, "Error in the JQL Query: Expecting operator but got 'x'.")],
  [
    'a refusal that this stream does not expect',
    said(422, 'This board has no columns with a mapped status.'),
  ],
  ['a status without the words', said(404, '')],
  ['the words in what is no answer', new Error('The board does not support sprints')],
  [
    'the words in a fault that may be gone next time',
    new TransientError('answered 500: The board does not support sprints', { code: 'http.failed' }),
  ],
])('%s stays an error', async (_, error) => {
  await expect(read(error)).rejects.toBe(error);
});
