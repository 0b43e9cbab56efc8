/** Secrets that must appear nowhere, and every form in which a connector may tell one. */
export const TOKEN = 'cAnArY+tO/kEn"42 qZ';
export const KEY = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ==
-----END PRIVATE KEY-----
`;
export const PIN = 1122334455667788;
export const INNER = 'sEcReT-in-an-object';

const json = (text) => JSON.stringify(text).slice(1, -1);
const base64 = (text) => Buffer.from(text).toString('base64');
const hex = (text) => Buffer.from(text).toString('hex');
const forms = (secret) => [
  secret,
  json(secret),
  json(json(secret)),
  json(secret).replaceAll('/', '\\/'),
  encodeURIComponent(secret),
  encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  new URLSearchParams([['', secret]]).toString().slice(1),
  ...['', 'u', 'me', 'you@example.com:'].map((user) => base64(`${user}${secret}`)),
  Buffer.from(`me:${secret}`).toString('base64url'),
  hex(secret),
  hex(secret).toUpperCase(),
];

/** One text in which all of them stand; long enough to be cut in the middle of one wherever that is. */
export const TOLD = [
  ...[TOKEN, KEY, String(PIN), INNER].flatMap(forms),
  ...KEY.split('\n').map((line) => `line: ${line}`),
].join(' ; ');

/** What is left of a secret in one of its forms if it was not taken away: pieces that stand nowhere else. */
export const TRACES = [TOKEN, ...KEY.split('\n').slice(1, 3), String(PIN), INNER].flatMap((secret) =>
  forms(secret).flatMap((form) => {
    const letters = Math.floor(form.length / 3);
    return [form.slice(letters, letters + 9), form.slice(-9)];
  }),
);
