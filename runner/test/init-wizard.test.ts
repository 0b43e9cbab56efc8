import { chmodSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jobName } from '../src/wizard/wizard.ts';
import { CANCEL, person } from './person.ts';
import { connector, workspace } from './workspace.ts';

/** A source whose spec has one of everything; it notes its configuration. */
const SPEC = {
  type: 'object',
  required: ['url', 'auth', 'count', 'kind', 'labels'],
  properties: {
    labels: { type: 'array', items: { type: 'integer' }, order: 4 },
    url: {
      type: 'string',
      pattern: '^https?://',
      pattern_descriptor: 'https://x',
      description: 'your site. More text',
      order: 0,
    },
    auth: {
      type: 'object',
      title: 'Sign in',
      order: 1,
      oneOf: [
        { title: 'Nothing', properties: { how: { const: 'none' } } },
        {
          title: 'Token',
          required: ['token'],
          properties: {
            how: { const: 'token' },
            token: { type: 'string', airbyte_secret: true, minLength: 4 },
            token_hint: { type: 'string' },
          },
        },
      ],
    },
    count: { type: 'integer', minimum: 1, default: 5, order: 2 },
    kind: { type: 'string', enum: ['a', 'b'], order: 3 },
    more: { type: 'string', description: '<b>a text</b>', order: 5 },
    yes: { type: 'boolean', default: true },
    never: { type: 'string', airbyte_hidden: true },
  },
};
const SOURCE = `#!/bin/sh
case "$1" in
spec) echo '${JSON.stringify({ type: 'SPEC', spec: { connectionSpecification: SPEC } })}';;
check) cp "$3" given.json
  if [ -f refuse ]; then rm refuse; echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"wrong token"}}'
  else echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}'; fi;;
discover) echo '{"type":"CATALOG","catalog":{"streams":[{"name":"one","json_schema":{},"supported_sync_modes":["full_refresh"]},{"name":"two","json_schema":{},"supported_sync_modes":["full_refresh"]}]}}';;
read) echo '{"type":"RECORD","record":{"stream":"one","emitted_at":1,"data":{"id":7,"name":"seen"}}}';;
esac
`;

function world() {
  const w = workspace();
  w.write('my-source', SOURCE);
  chmodSync(w.path('my-source'), 0o755);
  return w;
}
const ANOTHER = 'another connector';
const TO = [ANOTHER, connector('keeping-destination'), 'out.jsonl', ['path'], 'bronze$1'];

describe('init at a terminal', () => {
  test('asks what the specs want to know, checks, shows records, and writes a jobs file that runs', async () => {
    const w = world();
    const { asker, asked, complaints, left } = person([
      ANOTHER,
      './my-source',
      'ftp://x',
      'https://acme.example',
      'Token',
      'abc',
      'sesame-open$',
      [],
      '0',
      '7',
      'b',
      '1, 2',
      ['more'],
      'cost: $5 # "now"',
      ...TO,
      ['one'],
      true,
      true,
    ]);
    const ran = await w.call({ asker }, 'init');
    expect(ran.stderr).toBe('');
    expect([ran.exitCode, left]).toEqual([0, []]);
    expect(complaints).toHaveLength(3);
    expect(asked).not.toContainEqual(expect.stringContaining('never'));
    // The runner names the source of a destination of ours, so nobody is asked.
    expect(asked).not.toContainEqual(expect.stringContaining('source:'));
    expect(asked).toContain('url: your site.');
    expect(ran.stdout).toMatch(/one\n┌─+.*\n│ id │ name │/);
    expect(ran.stdout).not.toContain('sesame-open');

    const file = readFileSync(w.path('headrace.yaml'), 'utf8');
    expect(file).toContain('token: ${MY_TOKEN}');
    expect(file).not.toContain('sesame');
    expect(readFileSync(w.path('.env'), 'utf8')).toBe('MY_TOKEN=sesame-open$\n');
    expect(readFileSync(w.path('.env.example'), 'utf8')).toBe('MY_TOKEN=\n');
    expect((statSync(w.path('.env')).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(w.path('.gitignore'), 'utf8')).toContain('.env\n');

    const given = {
      url: 'https://acme.example',
      auth: { how: 'token', token: 'sesame-open$' },
      count: 7,
      kind: 'b',
      labels: [1, 2],
      more: 'cost: $5 # "now"',
    };
    expect(JSON.parse(readFileSync(w.path('given.json'), 'utf8'))).toEqual(given);
    expect((await w.run('check')).stdout).toContain('both ends work, 1 stream');
    expect(JSON.parse(readFileSync(w.path('given.json'), 'utf8'))).toEqual(given);
  });

  test('a connector that is not there, and a check that fails, are asked again', async () => {
    const w = world();
    w.write('refuse', '');
    const simple = ['https://x', 'Nothing', '1', 'a', '1', []];
    const { asker, left } = person([
      ANOTHER,
      './not-there',
      ANOTHER,
      './my-source',
      ...simple,
      ...TO,
      'answer the questions of ./my-source again',
      ...simple,
      ['one', 'two'],
      false,
      true,
    ]);
    const ran = await w.call({ asker }, 'init');
    expect([ran.exitCode, left]).toEqual([0, []]);
    expect(ran.stderr).toContain('there is no file ./not-there');
    expect(ran.stderr).toContain('wrong token');
    // All streams: a stream that comes later is read too.
    expect(readFileSync(w.path('headrace.yaml'), 'utf8')).not.toContain('streams');
    expect(w.files()).not.toContain(w.path('.env'));
  });

  test('a variable that is set may be used; what is in .env already stays', async () => {
    const w = world();
    w.write('.env', 'OTHER=1');
    const { asker, asked } = person([
      ANOTHER,
      './my-source',
      'https://x',
      'Token',
      true,
      [],
      '1',
      'a',
      '1',
      [],
      ...TO,
      ['one'],
      false,
      true,
    ]);
    const ran = await w.call({ asker, env: { MY_TOKEN: 'from-outside' } }, 'init');
    expect(ran.exitCode).toBe(0);
    expect(asked.join('\n')).toContain('MY_TOKEN is set: use it?');
    expect(readFileSync(w.path('.env'), 'utf8')).toBe('OTHER=1');
    const again = world();
    again.write('.env', 'OTHER=1');
    const other = person([
      ANOTHER,
      './my-source',
      'https://x',
      'Token',
      'it\'s a "secret" #1',
      [],
      '1',
      'a',
      '1',
      [],
      ...TO,
      ['one'],
      false,
      true,
    ]);
    await again.call({ asker: other.asker }, 'init');
    expect(readFileSync(again.path('.env'), 'utf8')).toBe('OTHER=1\nMY_TOKEN=`it\'s a "secret" #1`\n');
    await again.run('check', '-q');
    expect(JSON.parse(readFileSync(again.path('given.json'), 'utf8')).auth.token).toBe('it\'s a "secret" #1');
  });

  test('whoever cancels leaves nothing behind; an existing file is not asked about', async () => {
    const w = world();
    const ran = await w.call({ asker: person([ANOTHER, './my-source', CANCEL]).asker }, 'init');
    expect([ran.exitCode, ran.stderr]).toEqual([130, 'nothing was written\n']);
    expect(w.files()).toEqual([w.path('my-source')]);
    w.write('headrace.yaml', 'mine');
    expect((await w.call({ asker: person([]).asker }, 'init')).exitCode).toBe(0);
    expect(readFileSync(w.path('headrace.yaml'), 'utf8')).toBe('mine');
    const example = workspace();
    expect((await example.call({ asker: person([]).asker }, 'init', '--example')).exitCode).toBe(0);
    expect(readFileSync(example.path('headrace.yaml'), 'utf8')).toContain('# schedule:');
  });
});

test.each([
  ['jira-source', 'jira'],
  ['./bin/my-source.sh', 'my'],
  ['pip://airbyte-source-faker==7.2.1', 'faker'],
  ['singer://pip://pipelinewise-tap-mysql==1.0#tap-mysql', 'mysql'],
  ['docker://airbyte/source-file:1.2', 'file'],
  ['../..', 'job'],
])('a job of %s is named %s', (name, job) => {
  expect(jobName(name)).toBe(job);
});
