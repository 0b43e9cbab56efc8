import { expect, test } from 'vitest';
import { plainHttpWarning } from './plain-http.ts';

test.each([
  'http://jira.acme.com',
  'HTTP://10.0.0.7:8080/jira',
  'http://127.0.0.1.nip.io',
  'http://localhost.acme.com',
  'http://[2001:db8::1]/',
  'http://jenkins',
])('%s is warned about', (url) => expect(plainHttpWarning(url)).toContain('not encrypted'));

test.each([
  'https://acme.atlassian.net',
  'http://localhost:8080',
  'http://127.0.0.1/x',
  'http://127.9.9.9',
  'http://[::1]:80',
  'http://LOCALHOST',
  'http://jira.localhost',
  'nonsense',
])('%s is not', (url) => expect(plainHttpWarning(url)).toBeUndefined());

test('a password in the address is not told', () => {
  expect(plainHttpWarning('http://me:sesame@acme.com')).not.toContain('sesame');
});
