import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolveConfig } from '../cli/config-input.ts';
import { type ConfigErrors, formatError } from '../errors.ts';
import { checkConfig } from './check-config.ts';
import { jsonSchemaOf } from './json-schema.ts';

const secret = z.string().meta({ airbyte_secret: true });
const zod = z.object({
  base_url: z
    .string()
    .regex(/^https?:/)
    .meta({ format: 'uri' }),
  credentials: z.discriminatedUnion('auth_type', [
    z.object({
      auth_type: z.literal('token'),
      email: z.string(),
      token: secret,
      cloud_id: z.string().min(3).optional(),
      key: secret.optional().meta({ airbyte_secret: true, multiline: true }),
    }),
    z.object({ auth_type: z.literal('none') }),
  ]),
  projects: z.array(z.string().min(1)).optional(),
  start_date: z
    .string()
    .regex(/^\d{4}/)
    .optional(),
  concurrency: z.number().int().min(1).default(8),
  fields: z.array(z.string()).default(['*all']),
  mode: z.enum(['some', 'all']).default('some'),
  separator: z.enum(['', ',']).default(','),
  dates: z.object({ from: z.string().min(4).optional() }).optional(),
});
const jsonSchema = jsonSchemaOf(zod);
const spec = { connectionSpecification: jsonSchema } as Parameters<typeof resolveConfig>[1];
const good = {
  base_url: 'https://acme.example',
  credentials: { auth_type: 'token', email: 'me@acme.example', token: 'sesame-open-1' },
};
const DEFAULTS = { ...good, concurrency: 8, fields: ['*all'], mode: 'some', separator: ',' };

/** The config that a connector started from a shell gets. */
const resolved = (config: object, env: Record<string, string> = {}) =>
  resolveConfig(config as typeof good, spec, zod, env).config;

const mistakes = (config: object, env: Record<string, string> = {}) => {
  try {
    resolved(config, env);
    return [];
  } catch (error) {
    return (error as ConfigErrors).errors.map(({ code, place }) => `${code} ${place}`);
  }
};

describe('an option that is not required', () => {
  const nothing = ['', null, [], '  '];

  it.each(['projects', 'start_date', 'concurrency', 'fields', 'mode'])(
    '%s may be empty in any way',
    (name) => {
      for (const empty of nothing) expect(resolved({ ...good, [name]: empty })).toEqual(DEFAULTS);
    },
  );

  it('may be empty inside of another one', () => {
    for (const empty of nothing) {
      expect(resolved({ ...good, credentials: { ...good.credentials, cloud_id: empty } })).toEqual(DEFAULTS);
      expect(resolved({ ...good, dates: { from: empty } })).toEqual({ ...DEFAULTS, dates: {} });
    }
    expect(resolved({ ...good, dates: null })).toEqual(DEFAULTS);
  });

  it('may come from a variable that is empty', () => {
    expect(resolved({ ...good, start_date: '${SINCE}', concurrency: '${N}' }, { SINCE: '', N: ' ' })).toEqual(
      DEFAULTS,
    );
    expect(resolved({ ...good, concurrency: '${N}' }, { N: ' 4 ' })).toEqual({ ...DEFAULTS, concurrency: 4 });
  });

  it('is the same on the platform', () => {
    const config = { ...good, projects: [], start_date: '', concurrency: null };
    expect(resolved(config, { WORKER_JOB_ID: '1' })).toEqual(DEFAULTS);
  });

  it('keeps the empty value that its schema names', () => {
    expect(resolved({ ...good, separator: '' })).toEqual({ ...DEFAULTS, separator: '' });
  });
});

describe('a required option', () => {
  it('that is empty is missing', () => {
    for (const empty of ['', null, ' \n'])
      expect(mistakes({ ...good, base_url: empty })).toEqual(['config.field_required config.base_url']);
    expect(mistakes({ ...good, credentials: { ...good.credentials, token: '' } })).toEqual([
      'config.field_required config.credentials.token',
    ]);
    expect(mistakes({ ...good, credentials: null })).toEqual(['config.field_required config.credentials']);
  });
});

describe('strings', () => {
  it('lose the space around them', () => {
    const config = { ...good, base_url: ' https://acme.example\n', projects: [' ENG', 'OPS\t', '\u00a0PAY'] };
    expect(resolved(config)).toEqual({ ...DEFAULTS, projects: ['ENG', 'OPS', 'PAY'] });
  });

  it('that are addresses may begin with capitals', () => {
    expect(resolved({ ...good, base_url: 'HTTPS://Acme.example/A' })).toMatchObject({
      base_url: 'https://Acme.example/A',
    });
  });

  it.each([
    [[''], ['config.empty_entry config.projects[0]']],
    [['ENG', ' '], ['config.empty_entry config.projects[1]']],
    [
      [null, 'ENG', ''],
      ['config.empty_entry config.projects[0]', 'config.empty_entry config.projects[2]'],
    ],
    ['ENG', ['config.wrong_type config.projects']],
  ])('of a list say something: %j', (projects, expected) => {
    expect(mistakes({ ...good, projects })).toEqual(expected);
  });
});

describe('credentials', () => {
  const flaw = (token: string, env: Record<string, string> = {}) => {
    try {
      resolved({ ...good, credentials: { ...good.credentials, token } }, env);
      return undefined;
    } catch (error) {
      const [first, ...rest] = (error as ConfigErrors).errors;
      expect(rest).toEqual([]);
      expect(first).toMatchObject({ code: 'config.bad_character', place: 'config.credentials.token' });
      expect(formatError(first!)).not.toContain('sesame');
      return first!.message;
    }
  };

  it.each([
    ['sesame\n', 'the value ends with a line break'],
    ['sesame\r\n', 'the value ends with a line break'],
    ['ses\name', 'the value contains a line break'],
    [' sesame', 'the value begins or ends with a space'],
    ['ses\u0000ame', 'the value contains a control character'],
    ['sesame\u200b', 'the value contains an invisible character (U+200B)'],
    ['\ufeffsesame', 'the value contains an invisible character (U+FEFF)'],
    ['ses\u00a0ame', 'the value contains an invisible character (U+00A0)'],
    ['“sesame”', 'the value contains a typographic quote or dash (U+201C)'],
    ['sesame–open', 'the value contains a typographic quote or dash (U+2013)'],
    ['"sesame"', 'the value is in quotes'],
    ["'sesame'", 'the value is in quotes'],
    ['`sesame`', 'the value is in quotes'],
    ['<your-token>', 'the value is a placeholder'],
    ['${{ secrets.TOKEN }}', 'the value is a placeholder'],
    ['************', 'the value is what a page shows in its place'],
    ['••••••••', 'the value is what a page shows in its place'],
    ['Bearer open-sesame-1234', 'the value begins with the prefix of a header'],
    ['basic b3Blbi1zZXNhbWU=', 'the value begins with the prefix of a header'],
    ['Authorization: Bearer s', 'the value begins with the prefix of a header'],
    ['ACME_TOKEN=sesame', 'the value begins with the name of a variable'],
    ['export ACME_TOKEN=sesame', 'the value begins with the name of a variable'],
    ['sesame', undefined],
    ['"sesame', undefined],
    ['open"sesame"', undefined],
    ['bearer of the ring', undefined],
    ['ATATT3xFf=1A2B', undefined],
    ['SESAME=', undefined],
    ['*', undefined],
    ['s3sàme öpen!"$%', undefined],
    ['-----BEGIN KEY-----\nsesame\n-----END KEY-----\n', undefined],
    ['{\n"sesame": 1\n}\n', undefined],
  ])('%j', (token, message) => {
    expect(flaw(token.replaceAll('$', '$$$$'))).toBe(message);
  });

  it('name the variable that they come from', () => {
    expect(flaw('${TOKEN}', { TOKEN: 'sesame\n' })).toBe(
      'the environment variable TOKEN ends with a line break',
    );
  });

  it('are looked at as a whole: what stands beside a secret too', () => {
    const config = (email: string) => ({ ...good, credentials: { ...good.credentials, email } });
    expect(mistakes(config('me@acme\u200b.example'))).toEqual([
      'config.bad_character config.credentials.email',
    ]);
    expect(resolved(config('me@acme.example\n'))).toEqual(DEFAULTS);
  });

  it('may have lines where the schema says so', () => {
    const credentials = { ...good.credentials, key: 'a\nb\n' };
    expect(resolved({ ...good, credentials })).toEqual({ ...DEFAULTS, credentials });
  });
});

it('the schema of another maker: null where it is a type, empty lists where they are required', () => {
  const foreign = {
    type: 'object',
    required: ['a', 'list'],
    properties: {
      a: { type: ['string', 'null'] },
      list: { type: 'array' },
      b: { type: ['integer', 'null'] },
    },
  };
  expect(
    checkConfig(foreign, { a: null, list: [], b: null, more: '' }, 'config', { unknown: 'allowed' }),
  ).toEqual({ value: { a: null, list: [], more: '' }, errors: [] });
});
