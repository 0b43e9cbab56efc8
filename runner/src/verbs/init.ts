import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { paint } from '../terminal/line.ts';
import type { Answer, Context } from './context.ts';

const JOBS = `# What to run: \`headrace run\`. Every key: specs/jobs.schema.json of the project, and its README.
# Strings may hold \${ENV} (from the environment or .env beside this file), \${tenant} and
# \${secret:name.key} (from secrets/<tenant>/name.json); $$ is a dollar.
tenant: TENANT

# Whatever may stand in a job may stand here, for all of them.
defaults:
  retries: 3                      # after a network failure, a crash, a vendor that is down; never after a 401
  destination:
    connector: jsonl-destination
    config:
      path: "./bronze/\${tenant}"  # the files, and the journal that makes them exactly-once
      # compression: gzip         # gzip | zstd | none
      # allow_ephemeral: true     # in a container without a volume: the files may vanish with it

jobs:
  jira:
    source:
      connector: jira-source      # a path, docker://image:tag, a bin of an npm package, or a program on the PATH
      config:
        base_url: "\${JIRA_BASE_URL}"
        credentials:
          auth_type: api_token
          email: "\${JIRA_EMAIL}"
          api_token: "\${JIRA_API_TOKEN}"
        # projects: [ABC, DEF]    # all that the account can see
        # start_date: "2024-01-01T00:00:00Z"
      # streams: [issues, projects, { name: fields, sync_mode: full_refresh }]   # all, where it is left out
    # timeout_minutes: 120        # how long one attempt may take
    # schedule: "0 2 * * *"
    # timezone: Europe/Berlin
`;

const ENV = `# Copy this file to .env and fill it in. .env is in .gitignore: keep it out of the repository.
JIRA_BASE_URL=https://your-site.atlassian.net
JIRA_EMAIL=you@example.com
# id.atlassian.com › Security › API tokens
JIRA_API_TOKEN=
`;

/** Files with secrets, states or data, which do not belong in a repository. */
const IGNORED = ['.env', 'secrets/', '.headrace/', 'bronze/'];

/** `init [folder]`: the files of a first job. Existing files stay as they are. */
export function init(folder: string | undefined, { cwd, output }: Context): Answer {
  const at = resolve(cwd, folder ?? '.');
  mkdirSync(at, { recursive: true });
  const written: string[] = [];
  const kept: string[] = [];
  const put = (name: string, content: string, mode = 0o644) => {
    if (existsSync(join(at, name))) kept.push(name);
    else {
      writeFileSync(join(at, name), content, { flag: 'wx', mode });
      written.push(name);
    }
  };
  put('headrace.yaml', JOBS.replace('TENANT', tenantName(basename(at))));
  // A copy of it has the same mode and will contain secrets.
  put('.env.example', ENV, 0o600);
  (ignore(join(at, '.gitignore')) ? written : kept).push('.gitignore');

  for (const name of written) output.say([paint('green', '✓'), ` ${name}`]);
  for (const name of kept) output.say(`  ${name} is there already and stays as it is`);
  const into = relative(cwd, at);
  const steps = [
    ...(into === '' ? [] : [`cd ${into}`]),
    'cp .env.example .env     and fill it in',
    'headrace check           do both ends work?',
    'headrace run             the first sync',
  ];
  for (const line of ['', 'Next:', ...steps.map((step) => `  ${step}`)]) output.say(line);
  return { exitCode: 0, data: { folder: at, written, kept } };
}

/** Adds the missing lines; false if nothing is missing. */
function ignore(path: string): boolean {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '')));
  const missing = IGNORED.filter((line) => !lines.has(line) && !lines.has(line.replace(/\/$/, '')));
  if (missing.length === 0) return false;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  appendFileSync(path, `${gap}${missing.join('\n')}\n`);
  return true;
}

/** The folder's name as a tenant name: letters, digits, dots, dashes. */
function tenantName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 63) || 'default'
  );
}
