import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connector, stream, workspace } from './workspace.ts';

const TOKEN = 'tok-"quoted"-1234567890';

/** A job whose token comes from `reference`, and a source that gives it away wherever it can. */
function leaky(reference: string) {
  const w = workspace();
  const plan = [
    [
      { do: 'log', level: 'ERROR', message: `using ${TOKEN}` },
      { do: 'stderr', text: `stderr ${TOKEN}\n` },
      { do: 'raw', text: `not a message: ${TOKEN}\n` },
      { do: 'error', kind: 'config_error', message: `${TOKEN} is refused` },
      { do: 'exit', code: 1 },
    ],
  ];
  w.write('plan.json', JSON.stringify(plan));
  w.job(plan, { source: { token: reference } });
  return w;
}

describe('secrets', () => {
  test('are never printed, whoever says them: log, stderr, errors, the envelope', async () => {
    for (const mode of [['--json'], ['--log-level', 'trace'], []]) {
      const w = leaky('${MY_TOKEN}');
      w.write('.env', `MY_TOKEN='${TOKEN}'\n`);
      const ran = await w.run('run', ...mode);
      expect(ran.exitCode).toBe(2);
      expect(w.calls('read')[0]?.config.token).toBe(TOKEN);
      const printed = ran.stdout + ran.stderr;
      expect(printed).toContain('**** is refused');
      expect(printed).not.toContain('1234567890');
    }
  });

  test('come from secrets/<tenant>/ as JSON, .env or plain text, and are scrubbed as such', async () => {
    for (const [file, content, reference] of [
      ['jira.json', JSON.stringify({ api: { token: TOKEN } }), '${secret:jira.api.token}'],
      ['jira.env', `TOKEN='${TOKEN}'\n`, '${secret:jira.TOKEN}'],
      ['jira', `${TOKEN}\n`, '${secret:jira}'],
    ] as const) {
      const w = leaky(reference);
      w.write(`secrets/acme/${file}`, content);
      const ran = await w.run('run');
      expect(w.calls('read')[0]?.config.token).toBe(TOKEN);
      expect(ran.stdout + ran.stderr).not.toContain('1234567890');
    }
  });

  test('a connector gets its config as a 0600 file in a 0700 folder, resolved, and it is gone afterwards', async () => {
    const w = leaky('a-$$-token-of-mine');
    await w.run('run');
    const [read] = w.calls('read');
    expect(read).toMatchObject({
      configMode: '600',
      folderMode: '700',
      resolved: '1',
      control: '1',
      cwd: w.folder,
    });
    expect(read?.config.token).toBe('a-$-token-of-mine');
    expect(read?.configPath).toContain('.headrace/acme/work/');
    expect(w.files().filter((file) => file.includes('/work/'))).toEqual([]);
    const kept = w.files().filter((file) => file.includes('.headrace'));
    for (const file of kept) expect(readFileSync(file, 'utf8')).not.toContain('token-of-mine');
  });
});

describe('a rotated token', () => {
  const rotate = (token: string) => [{ do: 'control', config: { token } }, ...stream('a', 1)];

  test('stands in for the configured one until that changes', async () => {
    const w = workspace();
    const job = (token: string) =>
      w.job([rotate('second-token'), rotate('third-token'), stream('a', 1)], {
        source: { token, streams: [{ name: 'a' }] },
      });
    job('first-token');
    for (let k = 0; k < 3; k++) expect((await w.run('run')).exitCode).toBe(0);
    expect(w.calls('read').map((call) => call.config.token)).toEqual([
      'first-token',
      'second-token',
      'third-token',
    ]);
    job('new-token');
    await w.run('run');
    expect(w.calls('read')[3]?.config.token).toBe('new-token');
    expect(w.calls('check').map((call) => call.config.token)).toEqual([
      'first-token',
      'second-token',
      'third-token',
      'new-token',
    ]);
  });

  test('that changed during the check is what the read gets', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { source: { token: 'first-token', check: 'rotate', streams: [{ name: 'a' }] } });
    expect((await w.run('run')).exitCode).toBe(0);
    expect(w.calls('read')[0]?.config.token).toBe('rotated-in-check');
  });

  test('is shared by the jobs that share the configured one, and printed by none', async () => {
    const w = workspace();
    const job = (notes: string, plan: unknown) => ({
      source: {
        connector: connector('source'),
        config: { notes: w.path(notes), plan, token: 'first-token', streams: [{ name: 'a' }] },
      },
      destination: { connector: connector('destination'), config: { out: w.path(`out-${notes}`) } },
    });
    w.write(
      'headrace.yaml',
      JSON.stringify({
        jobs: {
          one: job('notes', [rotate('second-token')]),
          two: job('notes-two', [
            [{ do: 'log', level: 'ERROR', message: 'I have second-token' }, ...stream('a', 1)],
          ]),
        },
      }),
    );
    const ran = await w.run('run', '--all');
    expect(ran.exitCode).toBe(0);
    expect(w.lines('notes-two').find((call) => call.verb === 'read')).toMatchObject({
      config: { token: 'second-token' },
    });
    expect(ran.stderr).toContain('I have ****');
  });

  test('that is good once serves two runs side by side: the one that is refused takes what the other was given', async () => {
    const w = workspace();
    w.write('vendor/good-once', '');
    const refresh = { do: 'refresh', vendor: w.path('vendor') };
    const job = (name: string) => ({
      source: {
        connector: connector('source'),
        config: {
          notes: w.path(`notes-${name}`),
          refresh_token: 'good-once',
          plan: [[refresh, ...stream('a', 1), refresh]],
          streams: [{ name: 'a' }],
        },
      },
      destination: { connector: connector('destination'), config: { out: w.path(`out-${name}`) } },
      retries: 0,
    });
    w.write('headrace.yaml', JSON.stringify({ tenant: 'acme', jobs: { one: job('one'), two: job('two') } }));
    const both = await Promise.all(['one', 'two'].map((name) => w.run('run', name, '--no-check', '--json')));
    expect(both.map(({ exitCode, json }) => [exitCode, json.errors])).toEqual([
      [0, []],
      [0, []],
    ]);
    expect(w.files().filter((file) => file.endsWith('.lock'))).toEqual([]);
  });
});
