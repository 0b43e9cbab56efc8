import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connector, stream, workspace } from './workspace.ts';

describe('the command line', () => {
  test('--help shows verbs, flags, exit codes and examples', async () => {
    const { exitCode, stdout } = await workspace().run('--help');
    expect(exitCode).toBe(0);
    for (const text of [
      'init',
      'validate',
      'check',
      'run',
      '--file',
      '--tenant',
      '--json',
      '--log-level',
      '--quiet',
      'Exit codes',
      '130, 143',
      'headrace run --all',
    ])
      expect(stdout).toContain(text);
    expect((await workspace().run('run', '--help')).stdout).toContain('Exit codes');
  });

  test.each([
    [['rnu'], 'did you mean run?'],
    [['run', '--stream', 'x'], 'did you mean --streams?'],
    [['--log-level', 'loud', 'run'], 'headrace --help'],
    [['run', '--streams', ','], 'headrace --help'],
  ])('%j is 2, with a hint', async (argv, hint) => {
    const { exitCode, stderr } = await workspace().run(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^✗ usage\./);
    expect(stderr).toContain(hint);
  });

  test('no verb shows the help and is 2; --json mistakes are an envelope', async () => {
    expect(await workspace().run()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Usage: headrace'),
    });
    const w = workspace();
    expect((await w.run('run', '--json')).json).toMatchObject({
      ok: false,
      exit_code: 2,
      errors: [{ code: 'jobs.no_file', hint: expect.stringContaining('headrace init') }],
    });
  });

  test('jobs and tenants that are not there are named', async () => {
    const w = workspace();
    w.job([stream('a', 1)]);
    expect((await w.run('run', 'nightly', '--json')).json.errors[0]).toMatchObject({
      code: 'jobs.unknown_job',
      hint: 'there are: j',
    });
    expect((await w.run('run', '--tenant', 'acmee', '--json')).json.errors[0]).toMatchObject({
      code: 'jobs.unknown_tenant',
      hint: 'did you mean acme?',
    });
    expect((await w.run('run', '--streams', 'aa', '--json')).json.data.runs[0]?.errors[0]).toMatchObject({
      code: 'streams.unknown',
      hint: 'did you mean a?',
    });
  });

  test('flags stand before or behind the verb; --quiet says nothing where all is well', async () => {
    const w = workspace();
    w.job([[...stream('a', 1), ...stream('b', 1)]]);
    w.write('other/jobs.yaml', readFileSync(w.path('headrace.yaml'), 'utf8'));
    expect(await w.run('--file', 'other/jobs.yaml', 'run', '--quiet')).toEqual(
      expect.objectContaining({ exitCode: 0, stdout: '', stderr: '' }),
    );
    expect(w.files().some((file) => file.includes('other/.headrace/acme/history.sqlite'))).toBe(true);
  });
});

describe('validate', () => {
  test('asks only for specs, and says what is wrong where', async () => {
    const w = workspace();
    w.write(
      'headrace.yaml',
      `jobs:
  j:
    source:
      connector: ${connector('source')}
      config:
        base_ulr: x
    destination:
      connector: ${connector('destination')}
      config: { out: 5 }
`,
    );
    const ran = await w.run('validate');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('✗ config.field_required  headrace.yaml:5 › jobs.j.source.config.notes');
    expect(ran.stderr).toContain(
      '✗ config.unknown_field  headrace.yaml:6 › jobs.j.source.config.base_ulr\n    base_ulr is not an option\n    → did you mean base_url?',
    );
    expect(ran.stderr).toContain('✗ config.wrong_type  headrace.yaml:9 › jobs.j.destination.config.out');
    expect(w.files()).toEqual([w.path('headrace.yaml')]);
  });

  test('two jobs on one path and source of a destination that keeps the states', async () => {
    const w = workspace();
    const job = (path: string, source?: string) => ({
      source: { connector: connector('source'), config: { notes: w.path('notes') } },
      destination: {
        connector: connector('keeping-destination'),
        config: { out: w.path('out'), path, ...(source ? { source } : {}) },
      },
    });
    w.write(
      'headrace.yaml',
      JSON.stringify(
        { jobs: { one: job('./bronze'), two: job('bronze/', 'one'), three: job('./bronze') } },
        null,
        1,
      ),
    );
    const ran = await w.run('validate', '--json');
    expect(ran.json.errors).toEqual([
      expect.objectContaining({
        code: 'jobs.same_target',
        message: 'one and two write to the same path, place.table and source (one)',
        place: expect.stringMatching(/headrace.yaml:\d+ › jobs.two.destination.config.source/),
      }),
    ]);
  });

  test('a spec that nobody can make anything of, or that never ends, is an error of its connector', async () => {
    const w = workspace();
    const nonsense =
      '{"type":"SPEC","spec":{"connectionSpecification":{"type":17,"properties":["x"],"oneOf":3}}}';
    w.write('bad.sh', `#!/bin/sh\necho '${nonsense}'\n`);
    w.write('late.sh', '#!/bin/sh\ntrap "" TERM\nsleep 600 & exec sleep 600\n');
    for (const file of ['bad.sh', 'late.sh']) chmodSync(w.path(file), 0o755);
    const job = (name: string) => ({
      source: { connector: name, config: {} },
      destination: { connector: connector('plain-destination'), config: {} },
      timeout_minutes: 0.01,
    });
    w.write('headrace.yaml', JSON.stringify({ jobs: { bad: job('./bad.sh'), late: job('./late.sh') } }));
    const { exitCode, json } = await w.run('validate', '--json');
    expect([exitCode, json.errors.map(({ code, place }) => [code, place])]).toEqual([
      2,
      [
        ['connector.bad_spec', expect.stringContaining('jobs.bad.source.connector')],
        ['connector.timeout', expect.stringContaining('jobs.late.source.connector')],
      ],
    ]);
  });

  test('a destination that keeps states and has no option `source` gets none; what a spec allows is no news', async () => {
    const w = workspace();
    const spec = (of: object) => `#!/bin/sh\necho '${JSON.stringify({ type: 'SPEC', spec: { ...of } })}'\n`;
    const properties = { path: { type: 'string' } };
    w.write(
      'keeps.sh',
      spec({
        'x-headrace': { state: true, target: ['path'] },
        connectionSpecification: { type: 'object', properties, additionalProperties: false },
      }),
    );
    w.write(
      'open.sh',
      spec({ connectionSpecification: { type: 'object', properties, additionalProperties: true } }),
    );
    for (const file of ['keeps.sh', 'open.sh']) chmodSync(w.path(file), 0o755);
    const job = {
      source: { connector: './open.sh', config: { paths: 1 } },
      destination: { connector: './keeps.sh', config: { path: 'x' } },
    };
    w.write('headrace.yaml', JSON.stringify({ jobs: { one: job } }));
    const alone = await w.run('validate');
    expect([alone.exitCode, alone.stderr]).toEqual([
      0,
      `source ./open.sh is ${w.path('open.sh')}\ndestination ./keeps.sh is ${w.path('keeps.sh')}\n`,
    ]);
    w.write('headrace.yaml', JSON.stringify({ jobs: { one: job, two: job } }));
    expect((await w.run('validate', '--json')).json.errors).toEqual([
      expect.objectContaining({
        message: 'one and two write to the same path',
        place: expect.stringMatching(/› jobs.two.destination.config.path$/),
      }),
    ]);
  });

  test('a mistake in the defaults is said once', async () => {
    const w = workspace();
    const source = { connector: connector('source'), config: { notes: w.path('notes') } };
    w.write(
      'headrace.yaml',
      JSON.stringify(
        {
          defaults: { destination: { connector: connector('destination'), config: { out: 7 } } },
          jobs: { one: { source }, two: { source } },
        },
        null,
        1,
      ),
    );
    expect((await w.run('validate', '--json')).json.errors).toHaveLength(1);
  });
});

describe('check', () => {
  test('asks both ends with what is selected; 2 where one says FAILED', async () => {
    const w = workspace();
    w.job([], { ends: ['our-source', 'destination'], source: { streams: [{ name: 'a' }] } });
    expect(await w.run('check')).toMatchObject({
      exitCode: 0,
      stdout: '✓ acme › j: both ends work, 1 stream\n',
    });
    expect(w.calls('check')[0]?.catalog?.streams.map(({ stream }) => stream.name)).toEqual(['a']);
    w.job([], { source: { check: 'FAILED' }, destination: { check: 'FAILED' } });
    const ran = await w.run('check', '--json');
    expect(ran.exitCode).toBe(2);
    expect(ran.json.errors.map(({ message }) => message)).toEqual([
      'the token is refused',
      'the disk is not there',
    ]);
  });
});

describe('options that are empty', () => {
  test('are not set for a connector of our SDK; what they mean to another one is its own affair', async () => {
    const w = workspace();
    const source = { base_url: '', check: null, token: '' };
    w.job([], { ends: ['our-source', 'destination'], source });
    expect(await w.run('check')).toMatchObject({ exitCode: 0 });
    expect(w.calls('check')[0]?.config).toMatchObject(source);
    w.job([], { ends: ['source', 'destination'], source });
    const ran = await w.run('check', '--json');
    expect(ran.json.errors).toMatchObject([
      { code: 'config.wrong_type', place: expect.stringContaining('source.config.check') },
    ]);
    w.job([], { ends: ['our-source', 'destination'], source: { token: 'sesame\n' } });
    const flawed = await w.run('check', '--json');
    expect(flawed.json.errors).toMatchObject([
      { code: 'config.bad_character', place: expect.stringContaining('source.config.token') },
    ]);
  });
});

describe('init', () => {
  test('writes what a first job needs, and overwrites nothing', async () => {
    const w = workspace();
    w.write('.gitignore', 'node_modules/\n.env');
    const first = await w.run('init');
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain('cp .env.example .env');
    expect(readFileSync(w.path('.gitignore'), 'utf8')).toBe(
      'node_modules/\n.env\nsecrets/\n.headrace/\nbronze/\n',
    );
    w.write('headrace.yaml', 'mine');
    const again = await w.run('init', '--json');
    expect(again.exitCode).toBe(0);
    expect(readFileSync(w.path('headrace.yaml'), 'utf8')).toBe('mine');
    expect(again.json.data).toMatchObject({
      written: [],
      kept: ['.gitignore', 'headrace.yaml', '.env.example'],
    });
  });

  test('what it writes is a valid jobs file, in a folder of any name', async () => {
    const w = workspace();
    await w.run('init', 'My Ümlaut folder');
    const ran = await w.run('validate', '--file', 'My Ümlaut folder/headrace.yaml', '--json');
    expect(ran.json.errors.map(({ code }) => code)).toEqual([
      'config.variable_not_set',
      'config.variable_not_set',
      'config.variable_not_set',
    ]);
    expect(readFileSync(w.path('My Ümlaut folder/headrace.yaml'), 'utf8')).toContain(
      'tenant: my-mlaut-folder',
    );
  });
});
