import { expect, test } from 'vitest';
import { MASK, Secrets } from './secrets.ts';

test('a value is scrubbed in every form in which it travels', () => {
  const secret = 'pa"ss wörd+1';
  const secrets = new Secrets([secret]);
  for (const form of [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]) {
    expect(secrets.scrub(`a ${form} b ${form}`)).toBe(`a ${MASK} b ${MASK}`);
  }
});

test('values under 8 characters are left alone: they would hide words', () => {
  const secrets = new Secrets(['1234567', 'admin', '']);
  expect(secrets.scrub('admin 1234567')).toBe('admin 1234567');
  expect(new Secrets(['12345678']).scrub('x12345678x')).toBe(`x${MASK}x`);
});

test('a secret that contains another one leaves nothing of itself', () => {
  const secrets = new Secrets(['abcdefgh']);
  secrets.add(['abcdefgh-and-more']);
  expect(secrets.scrub('abcdefgh-and-more abcdefgh')).toBe(`${MASK} ${MASK}`);
});
