import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { environment, shell } from './processes.ts';

interface Spec {
  connectionSpecification: { properties: { compression: { enum: string[] } } };
}

it('headrace init offers the values that the destination accepts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-init-'));
  expect((await shell('headrace init', folder)).code).toBe(0);
  const offered = /# compression: (\w+) +# (.+)/.exec(readFileSync(join(folder, 'headrace.yaml'), 'utf8'))!;
  rmSync(folder, { recursive: true });
  const spec = JSON.parse(
    readFileSync(new URL('../specs/jsonl-destination.json', import.meta.url), 'utf8'),
  ) as Spec;
  expect(offered[2]!.split(' | ').sort()).toEqual(
    spec.connectionSpecification.properties.compression.enum.sort(),
  );
});

it('every example of headrace init is what its connector accepts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-init-'));
  const path = join(folder, 'headrace.yaml');
  await shell('headrace init --example', folder);
  // The jobs that are comments become jobs.
  const [head, ...jobs] = readFileSync(path, 'utf8').split(/^ {2}# (?=\w+:$)/m);
  const uncommented = jobs.map((job) => `  ${job.replace(/^ {2}# /gm, '  ')}`);
  expect(uncommented.map((job) => job.trim().split(':')[0])).toEqual(['bitbucket', 'jenkins']);
  writeFileSync(path, `${head}${uncommented.join('')}`);
  const names = ['EMAIL', 'USER', 'API_TOKEN'].flatMap((one) =>
    ['JIRA', 'BITBUCKET', 'JENKINS'].map((whose) => `${whose}_${one}`),
  );
  const variables = Object.fromEntries(names.map((name) => [name, 'something']));
  const urls = { JIRA_BASE_URL: 'https://acme.example', JENKINS_BASE_URL: 'https://ci.example' };
  const ran = await shell('headrace validate', folder, environment({ ...variables, ...urls }));
  rmSync(folder, { recursive: true });
  expect([ran.code, ran.stdout]).toEqual([0, '✓ 3 jobs are valid: jira, bitbucket, jenkins\n']);
});
