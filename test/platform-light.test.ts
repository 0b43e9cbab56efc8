import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBitbucket, startJenkins, startJira } from '@headrace/sandbox';
import { expect, it, onTestFinished } from 'vitest';
import { shell } from './processes.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/platform-light', import.meta.url));

/** `npm run test:long` makes every target; otherwise those are left out whose commands have tests of their own. */
const isLong = process.env.HEADRACE_LONG !== undefined;

it('examples/platform-light works as it is copied', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-platform-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(EXAMPLE, folder, { recursive: true });
  const [jira, bitbucket, jenkins] = await Promise.all([
    startJira({ issues: 30, seed: 1 }),
    startBitbucket({ seed: 1, workspaces: 1, repositories: 1, commits: 5, pullRequests: 2, pipelines: 2 }),
    startJenkins({ seed: 1, jobs: 2, builds: 3 }),
  ]);
  onTestFinished(async () => void (await Promise.all([jira.close(), bitbucket.close(), jenkins.close()])));
  const make = async (target: string) => {
    const { code, stdout, stderr } = await shell(`make ${target}`, folder);
    return { code, text: `${stdout}${stderr}` };
  };
  // The addresses of .env.example are nobody's.
  expect((await make('bootstrap')).text).toContain('fill in .env, then: make check');
  const variables = {
    JIRA_BASE_URL: jira.url,
    JIRA_EMAIL: jira.email,
    JIRA_API_TOKEN: jira.apiToken,
    BITBUCKET_BASE_URL: bitbucket.url,
    BITBUCKET_EMAIL: bitbucket.email,
    BITBUCKET_API_TOKEN: bitbucket.apiToken,
    BITBUCKET_WORKSPACE: bitbucket.repositories()[0]?.fullName.split('/')[0],
    JENKINS_BASE_URL: jenkins.root,
    JENKINS_USER: jenkins.user,
    JENKINS_API_TOKEN: jenkins.apiToken,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''), { mode: 0o600 });
  const yaml = join(folder, 'headrace.yaml');
  await shell(`sed -i 's/# allow_ephemeral/allow_ephemeral/' ${yaml}`, folder);
  expect(await make('sync-all')).toMatchObject({ code: 0 });
  const stats = await make('stats SOURCE=jira STREAM=issues');
  expect(stats.text).toMatch(/│ issues │ +\d+ │ +30 │/);
  expect((await make('help')).text).toContain('make sync-jenkins');
  const dry = (await make('-n check backfill show-cursors DAYS=3 SOURCE=jira')).text;
  expect(dry.trim().split('\n')).toEqual([
    'headrace validate',
    'headrace check',
    'headrace backfill jira --days 3',
    'headrace cursors jira',
  ]);
  if (!isLong) return;
  expect(await make('check')).toMatchObject({
    code: 0,
    text: expect.stringContaining('jenkins: both ends work'),
  });
  expect((await make('show-cursors SOURCE=bitbucket')).text).toContain('pull_requests');
  expect((await make('show-manifest')).text).toContain('builds');
  expect(await make('backfill DAYS=3 SOURCE=jira')).toMatchObject({ code: 0 });
}, 180_000);
