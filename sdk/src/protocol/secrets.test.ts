import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { MASK, Secrets } from './secrets.ts';

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const lower = (text: string) => text.replace(/%../g, (code) => code.toLowerCase());
const ascii = (text: string) =>
  text.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const php = (text: string) => json(text).replaceAll('/', '\\/');
const go = (text: string) => json(text).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
const gson = (text: string) =>
  json(text).replace(/[<>&='+]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`);
const form = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
const strict = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const hex = (text: string) => Buffer.from(text).toString('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** Forms that contain nothing but the secret. */
const WHOLE: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  JSON: json,
  'JSON in JSON': (text) => json(json(text)),
  'JSON three times': (text) => json(json(json(text))),
  'JSON in ASCII': (text) => ascii(json(text)),
  'JSON of PHP': php,
  'JSON of PHP in JSON': (text) => json(php(text)),
  'JSON of Go': go,
  'JSON of Go in JSON': (text) => json(go(text)),
  'JSON of Gson': gson,
  'in a URL': encodeURIComponent,
  'in a URL, small letters': (text) => lower(encodeURIComponent(text)),
  'in a URL, strict': strict,
  'in a URL twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in a path': (text) => encodeURIComponent(text).replaceAll('%2F', '/'),
  'in a form': form,
  'in a form, small letters': (text) => lower(form(text)),
  'in JSON in a URL': (text) => encodeURIComponent(json(text)),
  'in HTML': html,
  hex,
  'hex, capitals': (text) => hex(text).toUpperCase(),
  base64,
  base64url,
  'base64 in a URL': (text) => encodeURIComponent(base64(text)),
  'base64 in a form, small letters': (text) => lower(form(base64(text))),
  'base64 in JSON of PHP': (text) => base64(text).replaceAll('/', '\\/'),
  'base64 in JSON of Gson': (text) => gson(base64(text)),
};

const SECRETS = [
  'pa"ss wörd+1',
  'simple-token-1',
  'ATATT3xFfGF0/+==_a.b~c!d',
  'back\\slash\\\\and "quotes" \'two\'',
  '<tag attr=1>&amp;</tag>',
  'tab\tand\nline break\r\nhere too, a long one',
  'emoji 👩‍💻 and ünïcode ÿ',
  '((a|b)*[c]?{2}^$.',
  '????>>>>~~~~????',
  '%41%42+%43 %%%',
];

test.each(SECRETS)('%j is scrubbed in every form in which it travels', (secret) => {
  const secrets = new Secrets([secret]);
  for (const [name, write] of Object.entries(WHOLE)) {
    const form = write(secret);
    expect(secrets.scrub(`a ${form} b ${form}`), name).toBe(`a ${MASK} b ${MASK}`);
    expect(secrets.scrub(form), name).toBe(MASK);
  }
});

test.each(SECRETS)('of %j nothing can be read in base64 of something longer', (secret) => {
  const secrets = new Secrets([secret]);
  const bytes = Buffer.from(secret).toString('latin1');
  for (const before of ['', 'u', 'me', 'you', 'me@example.com:'])
    for (const behind of ['', ':', '\n', 'abc', '"}'])
      for (const encode of [base64, base64url]) {
        const scrubbed = secrets.scrub(encode(`${before}${secret}${behind}`));
        expect(scrubbed).toContain(MASK);
        const left = scrubbed.split(MASK).flatMap((part) => [0, 1, 2, 3].map((k) => part.slice(k)));
        const read = left.map((part) => Buffer.from(part, 'base64').toString('latin1'));
        for (let at = 0; at + 2 <= bytes.length; at++)
          for (const one of read)
            if (one.includes(bytes.slice(at, at + 2)))
              expect(`${before}${behind}`).toContain(bytes.slice(at, at + 2));
      }
});

test('a secret in bytes of another encoding, as Basic may send it', () => {
  const secrets = new Secrets(['gehässig-geheim']);
  const latin1 = Buffer.from('me:gehässig-geheim', 'latin1').toString('base64');
  expect(secrets.scrub(latin1)).toMatch(/^.{0,4}\*{4}$/);
});

test('values under 8 characters are left alone: they would hide words', () => {
  const secrets = new Secrets(['1234567', 'admin', '']);
  expect(secrets.scrub('admin 1234567')).toBe('admin 1234567');
  expect(new Secrets(['12345678']).scrub('x12345678x')).toBe(`x${MASK}x`);
});

test('secrets that contain each other, or overlap, leave nothing of themselves', () => {
  const secrets = new Secrets(['abcdefgh']);
  secrets.add(['abcdefgh-and-more']);
  secrets.add(['efgh-and-moreover']);
  expect(secrets.scrub('abcdefgh-and-more abcdefgh')).toBe(`${MASK} ${MASK}`);
  expect(secrets.scrub('abcdefgh-and-moreover!')).toBe(`${MASK}!`);
});

const PEM = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ==
-----END PRIVATE KEY-----
`;

test.each([
  ['as it is', PEM],
  ['on one line', PEM.replaceAll('\n', '\\n')],
  ['with the line breaks of Windows', PEM.replaceAll('\n', '\r\n')],
  ['in the key file of a service account', JSON.stringify({ type: 'service_account', private_key: PEM })],
])('each line of a key %s is a secret', (_, secret) => {
  const secrets = new Secrets([secret]);
  for (const line of PEM.split('\n').filter((one) => one && !one.startsWith('-'))) {
    expect(secrets.scrub(`bad line: ${line}`)).toBe(`bad line: ${MASK}`);
    expect(secrets.scrub(base64(line))).toBe(MASK);
  }
  for (const text of [PEM, json(PEM), json(json(PEM)), encodeURIComponent(PEM), base64(PEM)])
    expect(secrets.scrub(text)).not.toMatch(/MIIEvQ|VMvDui|cdPEov/i);
  expect(secrets.scrub('expected -----BEGIN PRIVATE KEY-----')).toBe('expected -----BEGIN PRIVATE KEY-----');
});

test('of a secret that somebody has cut, what is left is hidden too', () => {
  const secret = 'ATATT3xFfGF0/+==_a.b~c!d and so on "for" long';
  const secrets = new Secrets([secret]);
  for (const write of [(text: string) => text, json, encodeURIComponent, hex, base64])
    for (const letters of [24, 25, 33])
      expect(secrets.scrub(`${write(secret.slice(0, letters))}…`)).toMatch(/^\*{4}.{0,3}…$/);
  expect(secrets.scrub('ATATT3xFfGF0/')).toBe('ATATT3xFfGF0/');
});

test('strings of a value are scrubbed; keys, numbers, names and what is no JSON stay', () => {
  const secrets = new Secrets(['exit_code', '12345678', 'COMPLETE']);
  const written = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('12345678');
  const value = {
    exit_code: 12345678,
    status: 'COMPLETE',
    names: ['exit_code'],
    deep: [{ text: 'the exit_code is 12345678', written, nothing: null, yes: true }],
  };
  expect(secrets.scrubValue(value, new Set(['status', 'names']))).toEqual({
    ...value,
    deep: [{ ...value.deep[0], text: `the ${MASK} is ${MASK}` }],
  });
  const foreign = Object.assign(Object.create(null) as object, { text: 'exit_code' });
  expect(secrets.scrubValue(foreign)).toEqual({ text: MASK });
  const own = JSON.parse('{"__proto__": {"a": "exit_code"}}') as object;
  expect(JSON.stringify(secrets.scrubValue(own))).toBe(`{"__proto__":{"a":"${MASK}"}}`);
});

test('many secrets cost little: a text is looked at once', () => {
  const secrets = new Secrets(Array.from({ length: 100 }, () => randomBytes(30).toString('base64')));
  secrets.add([PEM]);
  const text = 'GET /rest/api/3/search?jql=updated%20%3E%20 200 OK, 50 issues in 12 ms\n'.repeat(3000);
  secrets.scrub(text);
  const began = performance.now();
  expect(secrets.scrub(text)).toBe(text);
  // Takes some 20 ms; trying one form after another takes ten times as long.
  expect(performance.now() - began).toBeLessThan(1000);
});

test('a text that is made to be slow is not', () => {
  const secrets = new Secrets(['\\\\\\\\"\\\\"\\\\\\x', 'aaaaaaaaaaaaaaab', '        x', '""""""""']);
  // CPU time, which other processes do not change. Quadratic code takes minutes.
  const began = process.cpuUsage();
  for (const text of ['\\', 'a', ' ', '"', '%', '%25', '\\"'].map((part) => part.repeat(100_000)))
    secrets.scrub(text);
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(5000);
});
