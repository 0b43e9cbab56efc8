import { expect, it } from 'vitest';
import { statesInText } from './states-in-text.ts';

const state = { type: 'STREAM', stream: { stream_descriptor: { name: 'a' }, stream_state: {} } };

it.each([
  ['{"host":"db","password":"hunter2-hunter2"}', 'item 1 is not a state: it has host, password'],
  [`[${JSON.stringify(state)},["hunter2-hunter2"]]`, 'item 2 is not a state: it is a list'],
  ['"hunter2-hunter2"', 'item 1 is not a state: it is a string'],
  ['{"password": hunter2-hunter2}', 'item 1 is not JSON'],
])('%s is refused, and no value of it is repeated', (text, message) => {
  expect(() => statesInText(text, '--set')).toThrow(
    expect.objectContaining({ code: 'state.invalid', place: '--set', message }),
  );
});
