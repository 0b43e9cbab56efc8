import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workspace } from './workspace.ts';

test('bash asks headrace for the word that is being typed', async () => {
  const w = workspace();
  const { stdout: script } = await w.run('completion', 'bash');
  w.write('bin/headrace', '#!/bin/sh\necho "$#:$*" > asked\nprintf "jira\\njenkins\\n"\n');
  chmodSync(w.path('bin/headrace'), 0o755);
  const typed = `${script}\nCOMP_WORDS=(headrace run --streams "" j)\nCOMP_CWORD=4\n_headrace\nprintf "%s|" "\${COMPREPLY[@]}"; cat asked`;
  const env = { PATH: `${w.path('bin')}:${process.env.PATH}` };
  expect(execFileSync('bash', ['-c', typed], { cwd: w.folder, env, encoding: 'utf8' })).toBe(
    'jira|jenkins|6:__complete bash run --streams  j\n',
  );
});

test('jobs come from the jobs file, of the tenant that is named; a file that cannot be read offers none', async () => {
  const w = workspace();
  const job = { source: { connector: 'a' }, destination: { connector: 'b', config: { x: '${NOT_SET}' } } };
  w.write('jobs/one.json', JSON.stringify({ tenant: 'one', jobs: { jira: job } }));
  w.write('jobs/two.json', JSON.stringify({ tenant: 'two', jobs: { jenkins: job } }));
  const complete = async (...words: string[]) => (await w.run('__complete', 'bash', ...words)).stdout;
  expect(await complete('--file', 'jobs', 'run', '')).toBe('jira\njenkins\n');
  expect(await complete('--file', 'jobs', '--tenant', 'two', 'run', '')).toBe('jenkins\n');
  expect(await complete('--file', 'jobs', '--tenant', '')).toBe('one\ntwo\n');
  expect(await complete('run', '')).toBe('');
  w.write('headrace.yaml', 'jobs: [');
  expect(await w.run('__complete', 'zsh', 'run', '')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await complete('do')).toBe('doctor\n');
});

test('a shell that is not known is an error', async () => {
  expect((await workspace().run('completion', 'tcsh')).exitCode).toBe(2);
});
