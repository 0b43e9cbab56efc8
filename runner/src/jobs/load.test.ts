import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigErrors, formatError } from '@headrace/sdk/spec';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type LoadedFile, loadJobs } from './load.ts';

function folder(files: Record<string, string | Buffer>): string {
  const at = mkdtempSync(join(tmpdir(), 'headrace-jobs-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(at, name, '..'), { recursive: true });
    writeFileSync(join(at, name), content);
  }
  return at;
}

const learned: string[] = [];
const warned: string[] = [];
const loadIn = (cwd: string, path?: string, env: Record<string, string> = {}): LoadedFile[] =>
  loadJobs(path, {
    cwd,
    env,
    learned: (value) => learned.push(value),
    warn: (message) => warned.push(message),
  });
const load = (files: Record<string, string | Buffer>, path?: string, env?: Record<string, string>) =>
  loadIn(folder(files), path, env);

/** What a person would read. */
function mistakes(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors.map(formatError);
    throw error;
  }
  throw new Error('nothing was found to be wrong');
}

const GOOD = `tenant: acme
defaults:
  retries: 1
  destination: { connector: jsonl-destination, config: { path: "./bronze/\${tenant}" } }
jobs:
  jira:
    source:
      connector: jira-source
      config: { base_url: "\${URL}", literal: "$$5" }
      streams: [issues, { name: fields, sync_mode: full_refresh }]
    schedule: "0 2 * * mon-fri"
    timezone: Europe/Berlin
    priority: high
`;

describe('a jobs file', () => {
  test('becomes plain jobs: defaults merged, references filled in', () => {
    const [file] = load({ 'headrace.yaml': GOOD, '.env': 'URL=https://from-file\n' });
    expect(file?.job('jira')).toMatchObject({
      tenant: 'acme',
      name: 'jira',
      retries: 1,
      retry_delay_seconds: 2,
      priority: 'high',
      schedule: '0 2 * * mon-fri',
      timezone: 'Europe/Berlin',
      source: {
        config: { base_url: 'https://from-file', literal: '$5' },
        streams: [{ name: 'issues' }, { name: 'fields', sync_mode: 'full_refresh' }],
      },
      destination: { connector: 'jsonl-destination', config: { path: './bronze/acme' } },
    });
  });

  test('the environment wins over .env, and what a value brings in is not expanded again', () => {
    const [file] = load({ 'headrace.yaml': GOOD, '.env': 'URL=x\n' }, undefined, { URL: '${tenant} $$' });
    expect(file?.job('jira').source.config.base_url).toBe('${tenant} $$');
  });

  test('what is for a connector to fill in is written $${…}; else the mistake says so', () => {
    const text = (path: string) =>
      `jobs: { j: { source: { connector: s }, destination: { connector: d, config: { path: "${path}", deep: [{ k: "${path}" }] } } } }`;
    const path = '$${NAMESPACE}/$${STREAM_NAME}_$$5';
    const config = load({ 'headrace.yaml': text(path) })[0]?.job('j').destination.config;
    expect(config).toEqual({
      path: '${NAMESPACE}/${STREAM_NAME}_$5',
      deep: [{ k: '${NAMESPACE}/${STREAM_NAME}_$5' }],
    });
    const told = mistakes(() => load({ 'headrace.yaml': text('${NAMESPACE}/${YEAR}') })[0]?.job('j'));
    expect(told).toHaveLength(4);
    expect(told[1]).toMatch(
      /config.variable_not_set .*destination.config.path\n.*YEAR is not set\n.*write \$\$\{YEAR\}/,
    );
  });

  test('a job merges into the defaults, unless it names another connector', () => {
    const text = `
defaults: { destination: { connector: one, config: { a: 1, deep: { b: 2, list: [1] } } } }
jobs:
  same: { source: { connector: s }, destination: { config: { deep: { list: [2] } } } }
  other: { source: { connector: s }, destination: { connector: two, config: { c: 3 } } }`;
    const [file] = load({ 'headrace.yaml': text });
    expect(file?.job('same').destination).toEqual({
      connector: 'one',
      config: { a: 1, deep: { b: 2, list: [2] } },
    });
    expect(file?.job('other').destination).toEqual({ connector: 'two', config: { c: 3 } });
  });

  test('names secrets as such: by their folder, and by the name of a variable', () => {
    learned.length = 0;
    const text =
      'jobs: { j: { source: { connector: s, config: { t: "${secret:jira.token}" } }, destination: { connector: d } } }';
    const [file] = load(
      { 'headrace.yaml': text, 'secrets/default/jira.json': '{"token":"s3cret-of-file"}' },
      undefined,
      { MY_API_KEY: 'key-of-env' },
    );
    expect(file?.job('j').source.config.t).toBe('s3cret-of-file');
    expect(learned).toEqual(['key-of-env', 's3cret-of-file']);
  });

  test('a folder holds one tenant a file', () => {
    const one = (tenant: string) =>
      `tenant: ${tenant}\njobs: { j: { source: { connector: s }, destination: { connector: d } } }\n`;
    expect(
      load({ 'jobs/a.yaml': one('acme'), 'jobs/b.yml': one('beta'), 'jobs/readme.md': 'x' }, 'jobs').map(
        ({ tenant }) => tenant,
      ),
    ).toEqual(['acme', 'beta']);
    expect(
      mistakes(() => load({ 'jobs/a.yaml': one('acme'), 'jobs/b.yaml': one('acme') }, 'jobs'))[0],
    ).toContain('the tenant acme has two files');
  });
});

describe('mistakes are shown all at once, with file, line and key', () => {
  test('in the file itself', () => {
    const text = `tenant: acme
defaults:
  retires: 3
jobs:
  jira:
    source:
      connector: jira-source
      streams:
        - issues
        - { name: fields, sync_mod: full_refresh }
    retries: many
    schedule: "61 2 * * *"
    timezone: Europe/Nowhere
    priority: hihg
  "bad name": {}
job: {}
`;
    expect(mistakes(() => load({ 'headrace.yaml': text }))).toEqual([
      '✗ config.unknown_field  headrace.yaml:16 › job\n    job is not an option\n    → did you mean jobs?',
      '✗ config.unknown_field  headrace.yaml:3 › defaults.retires\n    retires is not an option\n    → did you mean retries?',
      expect.stringMatching(
        /^✗ config.wrong_type {2}headrace.yaml:11 › jobs.jira.retries\n {4}must be an integer/,
      ),
      expect.stringMatching(
        /^✗ config.not_allowed {2}headrace.yaml:14 › jobs.jira.priority\n {4}must be one of critical, high, normal, low\n {4}→ did you mean high\?/,
      ),
      '✗ config.unknown_field  headrace.yaml:10 › jobs.jira.source.streams[1].sync_mod\n    sync_mod is not an option\n    → did you mean sync_mode?',
      expect.stringMatching(
        /^✗ config.bad_schedule {2}headrace.yaml:12 › jobs.jira.schedule\n {4}minute cannot be 61/,
      ),
      expect.stringMatching(/^✗ config.bad_timezone {2}headrace.yaml:13 › jobs.jira.timezone/),
      expect.stringMatching(/^✗ config.bad_format {2}headrace.yaml:15 › jobs.bad name/),
    ]);
  });

  test('in what a job needs: ends, variables, secrets; what comes from the defaults is placed there', () => {
    const text = `defaults:
  destination:
    connector: d
    config: { password: "\${secret:db.pasword}" }
jobs:
  j:
    source:
      config:
        base_url: "\${JIRA_URL}"
        odd: "\${a b}"
`;
    const [file] = load({ 'headrace.yaml': text, 'secrets/default/db.json': '{"password":"x"}' });
    expect(mistakes(() => file?.job('j'))).toEqual([
      expect.stringMatching(
        /^✗ config.secret_not_found {2}headrace.yaml:4 › defaults.destination.config.password\n.*\n {4}→ did you mean db.password\?/,
      ),
      expect.stringMatching(
        /^✗ config.variable_not_set {2}headrace.yaml:9 › jobs.j.source.config.base_url\n {4}the variable JIRA_URL is not set/,
      ),
      expect.stringMatching(/^✗ config.bad_reference {2}headrace.yaml:10 › jobs.j.source.config.odd/),
      expect.stringMatching(/^✗ config.field_required {2}headrace.yaml:7 › jobs.j.source.connector/),
    ]);
  });

  test('in the YAML, without quoting it', () => {
    const [mistake] = mistakes(() => load({ 'headrace.yaml': 'jobs:\n  j: {a: "my-secret\n' }));
    expect(mistake).toMatch(/^✗ config.not_yaml {2}headrace.yaml:\d/);
    expect(mistake).not.toContain('my-secret');
  });

  test('where there is no file', () => {
    expect(() => load({})).toThrow('there is no headrace.yaml');
    expect(() => load({ 'jobs/x.md': '' }, 'jobs')).toThrow('there is no jobs file in jobs');
  });
});

describe('what YAML makes of a value', () => {
  const config = (yaml: string): string => {
    const [file] = load({
      'headrace.yaml': `x-base: &base { retries: 5 }\njobs:\n  j:\n    <<: *base\n    source: { connector: s, config: ${yaml} }\n    destination: { connector: d }\n`,
    });
    const job = file?.job('j');
    expect(job?.retries).toBe(5);
    return JSON.stringify(job?.source.config);
  };

  test('numbers are handed over as they are written', () => {
    expect(
      config('{ a: 120330000123456789, b: 1.0, c: 1.10, d: 1e400, e: 0x1F, f: 0o17, g: -5, h: +7, i: 2.5 }'),
    ).toBe('{"a":120330000123456789,"b":1.0,"c":1.10,"d":1e400,"e":31,"f":15,"g":-5,"h":7,"i":2.5}');
    expect(config('{ a: 0x1FFFFFFFFFFFFFFFFF, deep: [{ n: 9007199254740993 }] }')).toBe(
      '{"a":590295810358705651711,"deep":[{"n":9007199254740993}]}',
    );
  });

  test('through the defaults, too, and beside references', () => {
    const [file] = load({
      'headrace.yaml':
        'defaults: { destination: { connector: d, config: { id: 9007199254740993, deep: { v: 1.0 } } } }\n' +
        'jobs: { j: { source: { connector: s }, destination: { config: { deep: { t: "${tenant}" } } } } }\n',
    });
    expect(JSON.stringify(file?.job('j').destination.config)).toBe(
      '{"id":9007199254740993,"deep":{"v":1.0,"t":"default"}}',
    );
  });

  test('what it would change is a mistake, placed', () => {
    const text = (value: string) => ({
      'headrace.yaml': `jobs:\n  j:\n    source: { connector: s, config: { zip: ${value} } }\n    destination: { connector: d }\n`,
    });
    for (const value of ['.inf', '.nan', '-.inf'])
      expect(mistakes(() => load(text(value)))).toEqual([
        expect.stringMatching(/^✗ config.bad_number {2}headrace.yaml:3\n.*\n {4}→ quote it/),
      ]);
    expect(config('{ zip: 01234, quoted: "01234" }')).toBe('{"zip":"01234","quoted":"01234"}');
  });

  test.each([
    ['jobs:\n  j:\n    schedule: * * * * *\n', 3, 'quote it'],
    ['jobs:\n  j:\n    schedule: */5 * * * *\n', 3, 'quote it'],
    ['jobs: {}\n---\njobs: {}\n', 2, 'a file of its own'],
    ['tenant: 42\njobs: {}\n', 1, 'quote it'],
    ['.base: {}\njobs: {}\n', 1, 'begins with x-'],
    ['jobs:\n  j:\n    schedule: @daily\n', 3, 'quote it'],
    ['jobs:\n  j:\n    timezone: %CET\n', 3, 'quote it'],
    ['jobs:\n  j:\n    timezone: `CET\n', 3, 'quote it'],
    ['x-note: a: b\njobs: {}\n', 1, 'quote a value'],
    ['x-note:\n  token: !abc\njobs: {}\n', 2, 'quote it'],
    ['x-note:\n  token: !abc def\njobs: {}\n', 2, 'quote it'],
    ['x-note:\n  token: &abc\njobs: {}\n', 2, 'quote it'],
    ["x-note: !!python/object/apply:os.system ['id']\njobs: {}\n", 1, 'quote it'],
    ['jobs:\n  j:\n    source: { streams: [2024] }\n', 3, 'quote it'],
    ['jobs:\n  j:\n    source: { streams: [true] }\n', 3, 'quote it'],
    ['jobs:\n  j:\n    source: { streams: [ [a] ] }\n', 3, 'issues'],
  ])('%j is told with what to do', (text, line, hint) => {
    const [first] = mistakes(() => load({ 'headrace.yaml': text }));
    expect(first).toContain(`headrace.yaml:${line}`);
    expect(first).toContain(hint);
  });

  test('tags that say what a value is, and anchors of values, are taken', () => {
    expect(config('{ a: !!str 5, b: &none "", c: *none, d: &one 1.0, e: *one }')).toBe(
      '{"a":"5","b":"","c":"","d":1.0,"e":1.0}',
    );
  });

  test('files are read with a byte order mark, in UTF-16, and with the line ends of Windows', () => {
    const text = 'jobs:\r\n  j: { source: { connector: "${NAME}" }, destination: { connector: d } }\r\n';
    const utf16 = (content: string) => Buffer.from(`\ufeff${content}`, 'utf16le');
    for (const [jobs, env] of [
      [`\ufeff${text}`, '\ufeffNAME=s\r\n'],
      [utf16(text), utf16('NAME=s\n')],
    ] as const)
      expect(load({ 'headrace.yaml': jobs, '.env': env })[0]?.job('j').source.connector).toBe('s');
  });
});

describe('secret files', () => {
  const secret = (file: string, content: string, reference: string): string => {
    const [loaded] = load({
      'headrace.yaml': `jobs: { j: { source: { connector: s, config: { t: "\${secret:${reference}}" } }, destination: { connector: d } } }`,
      [`secrets/default/${file}`]: content,
    });
    return String(loaded?.job('j').source.config.t);
  };

  test.each([
    ['tok', 'abcdef123456\n', 'tok', 'abcdef123456'],
    ['tok', 'abcdef123456\r\n', 'tok', 'abcdef123456'],
    ['tok', '\ufeffabcdef123456\n', 'tok', 'abcdef123456'],
    ['tok.txt', 'line 1\nline 2\n', 'tok', 'line 1\nline 2'],
    ['j.json', '{"id": 12345678901234567890, "f": 1e21}', 'j.id', '12345678901234567890'],
    ['j.json', '{"id": 1.10}', 'j.id', '1.10'],
    ['j.json', '\ufeff{"id": "abcdef123456"}', 'j.id', 'abcdef123456'],
    ['j.env', '\ufeffid=abc#def123456\n', 'j.id', 'abc#def123456'],
  ])('%s with %j', (file, content, reference, value) => {
    expect(secret(file, content, reference)).toBe(value);
  });

  test('what cannot be meant is said, with the file', () => {
    expect(mistakes(() => secret('tok', 'abc\n\n', 'tok'))[0]).toContain('tok ends with empty lines');
    expect(mistakes(() => secret('j.json', '{"id": true}', 'j.id'))[0]).toContain(
      'j.id is neither text nor a number',
    );
  });
});

describe('what only JavaScript has', () => {
  const job = (config: string) =>
    `jobs: { j: { source: { connector: s, config: ${config} }, destination: { connector: d } } }`;

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    '${%s} is a variable that is not set',
    (name) => {
      for (const env of ['', 'A=1\n']) {
        const [file] = load({ 'headrace.yaml': job(`{ a: "\${${name}}" }`), '.env': env });
        expect(mistakes(() => file?.job('j'))).toEqual([
          expect.stringContaining(`the variable ${name} is not set`),
        ]);
      }
      const [file] = load({ 'headrace.yaml': job(`{ a: "\${${name}}" }`), '.env': `${name}=mine\n` });
      expect(file?.job('j').source.config).toEqual({ a: 'mine' });
    },
  );

  test.each([
    'a.constructor.name',
    'a.constructor',
    'a.text.length',
    'a.text.constructor.name',
    'a.list.length',
    'a.__proto__.toString',
    'b.toString',
    'b.__proto__',
  ])('${secret:%s} names nothing', (reference) => {
    const [file] = load({
      'headrace.yaml': job(`{ a: "\${secret:${reference}}" }`),
      'secrets/default/a.json': '{"text":"x","list":[]}',
      'secrets/default/b.env': 'X=1',
    });
    expect(mistakes(() => file?.job('j'))).toHaveLength(1);
  });

  test('a job, an option or a secret may be called so', () => {
    const [file] = load({
      'headrace.yaml': `defaults: { source: { connector: s, config: { constructor: { x: 1 }, __proto__: { a: 1 } } } }
jobs:
  constructor:
    source: { config: { constructor: { y: 2 }, __proto__: { b: "\${secret:a.constructor}" }, toString: t } }
    destination: { connector: d }`,
      'secrets/default/a.json': '{"constructor":"own"}',
    });
    expect(JSON.parse(JSON.stringify(file?.job('constructor').source.config))).toEqual(
      JSON.parse('{"constructor":{"x":1,"y":2},"__proto__":{"a":1,"b":"own"},"toString":"t"}'),
    );
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

describe('aliases', () => {
  const jobs = (head: string, config: string) => `${head}
jobs:
  j:
    source: { connector: s, config: ${config} }
    destination: { connector: d }
`;
  const laughs = [
    'x-0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]',
    ...Array.from({ length: 9 }, (_, k) => `x-${k + 1}: &a${k + 1} [${`*a${k},`.repeat(9)}]`),
  ].join('\n');

  test.each([
    ['inside of what it names', jobs('x-a: &a [1, *a]', '{}'), ':1', '*a stands inside of what it names'],
    ['inside, deeper', jobs('x-a: &a { b: { c: [{ d: *a }] } }', '{}'), ':1', '*a stands inside'],
    ['merged into itself', jobs('x-a: &a\n  b: 1\n  <<: *a', '{}'), ':3', '*a stands inside'],
    ['a circle of two', jobs('x-a: &a\n  b: &b [1]\n  c: &c [*b, *c]', '{}'), ':3', '*c stands inside'],
    ['without an anchor', jobs('', '{ a: *nothing }'), ':4', 'there is no anchor for *nothing'],
    ['that multiply', jobs(laughs, '{}'), ':7', 'names too much'],
  ])('%s: a mistake with its line', (_, text, line, what) => {
    const [first = ''] = mistakes(() => load({ 'headrace.yaml': text }));
    expect(first).toContain(`headrace.yaml${line}`);
    expect(first).toContain(what);
  });

  test('that are used often are none', () => {
    const often = `[${'*a,'.repeat(500)}]`;
    const [file] = load({ 'headrace.yaml': jobs('x-a: &a { b: [1, 2] }', `{ all: ${often} }`) });
    expect(file?.job('j').source.config.all).toHaveLength(500);
  });
});

describe('what is no file', () => {
  const jobs = `jobs: { j: { source: { connector: s, config: { a: "\${secret:a}" } }, destination: { connector: d } } }`;
  const kinds: Array<[string, (path: string) => void]> = [
    ['a named pipe', (path) => void execFileSync('mkfifo', [path])],
    ['a device', (path) => symlinkSync('/dev/zero', path)],
    ['a folder', (path) => mkdirSync(path)],
  ];

  test.each(kinds)('%s is refused as a jobs file, .env or secret, and nothing waits for it', (what, make) => {
    for (const name of ['headrace.yaml', '.env', 'secrets/default/a']) {
      const files: Record<string, string> = { 'headrace.yaml': jobs, 'secrets/default/b': 'x' };
      delete files[name];
      const at = folder(files);
      make(join(at, name));
      const isFolderOfJobs = name === 'headrace.yaml' && what === 'a folder';
      expect(() => loadIn(at)[0]?.job('j')).toThrow(
        isFolderOfJobs ? 'there is no jobs file' : `${name} is ${what}, and a file is needed`,
      );
    }
  });
});

describe('who else may read a file of secrets', () => {
  const jobs = `jobs: { j: { source: { connector: s, config: { a: "\${secret:a}" } }, destination: { connector: d } } }`;
  const warnings = (modes: Record<string, number>): string[] => {
    const at = folder({ 'headrace.yaml': jobs, '.env': 'X=1', 'secrets/default/a': 'sesame' });
    for (const [name, mode] of Object.entries({ '.env': 0o600, ...modes })) chmodSync(join(at, name), mode);
    warned.length = 0;
    loadIn(at)[0]?.job('j');
    return [...new Set(warned)];
  };

  test.each<[Record<string, number>, string[]]>([
    [
      { '.env': 0o644 },
      ['.env holds secrets and can be read by everybody on this machine (mode 0644): chmod 600 .env'],
    ],
    [{ '.env': 0o640 }, ['.env holds secrets and can be read by its group (mode 0640): chmod 600 .env']],
    [{ '.env': 0o400 }, []],
    [
      { 'secrets/default/a': 0o604, 'secrets/default': 0o755, secrets: 0o755 },
      [
        'secrets/default/a holds secrets and can be read by everybody on this machine (mode 0604): chmod 600 secrets/default/a',
      ],
    ],
    [{ 'secrets/default/a': 0o644, 'secrets/default': 0o700 }, []],
    [{ 'secrets/default/a': 0o644, secrets: 0o700 }, []],
    [
      { 'secrets/default/a': 0o640, 'secrets/default': 0o711, secrets: 0o710 },
      [
        'secrets/default/a holds secrets and can be read by its group (mode 0640): chmod 600 secrets/default/a',
      ],
    ],
  ])('%j', (modes, expected) => {
    expect(warnings({ 'secrets/default/a': 0o600, ...modes })).toEqual(expected);
  });
});
