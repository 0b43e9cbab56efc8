import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { paint } from '../terminal/line.ts';
import { Cancelled } from '../wizard/asker.ts';
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

  # bitbucket:
  #   source:
  #     connector: bitbucket-source
  #     config:
  #       credentials:            # or access_token, oauth2: see its README
  #         auth_type: api_token
  #         email: "\${BITBUCKET_EMAIL}"
  #         api_token: "\${BITBUCKET_API_TOKEN}"
  #       workspaces: [your-workspace]

  # jenkins:
  #   source:
  #     connector: jenkins-source
  #     config:
  #       base_url: "\${JENKINS_BASE_URL}"
  #       credentials:            # or auth_type: none
  #         auth_type: api_token
  #         username: "\${JENKINS_USER}"
  #         api_token: "\${JENKINS_API_TOKEN}"
`;

const ENV = `# Copy this file to .env and fill it in. .env is in .gitignore: keep it out of the repository.
JIRA_BASE_URL=https://your-site.atlassian.net
JIRA_EMAIL=you@example.com
# id.atlassian.com › Security › API tokens
JIRA_API_TOKEN=

# BITBUCKET_EMAIL=you@example.com
# id.atlassian.com › Security › API tokens, with scopes, for Bitbucket
# BITBUCKET_API_TOKEN=

# JENKINS_BASE_URL=https://ci.example.com
# JENKINS_USER=you
# in Jenkins: your name › Security › API Token
# JENKINS_API_TOKEN=
`;

/** Files with secrets, states or data, which do not belong in a repository. */
const IGNORED = ['.env', 'secrets/', '.headrace/', 'bronze/'];

/**
 * `init [folder]`: the files of a first job. At a terminal it asks for the job; elsewhere, and with `--example`, it writes a
 * commented example. Existing files stay as they are.
 */
export async function init(
  folder: string | undefined,
  { example = false }: { readonly example?: boolean },
  context: Context,
): Promise<Answer> {
  const { cwd, output, ask } = context;
  const at = resolve(cwd, folder ?? '.');
  mkdirSync(at, { recursive: true });
  const tenant = tenantName(basename(at));
  if (!ask || example || output.json || existsSync(join(at, JOBS_FILE)))
    return told(at, writeFiles(at, exampleOf(tenant)), NEXT_OF_EXAMPLE, context);
  try {
    const asker = await ask();
    const { askForFiles } = await import('./init-wizard.ts');
    const files = await askForFiles(at, tenant, asker, context);
    const secrets = files.variables.length > 0 ? ' and .env' : '';
    if (!(await asker.confirm({ message: `Write ${JOBS_FILE}${secrets}?`, initial: true })))
      throw new Cancelled();
    const written = writeFiles(at, {
      jobs: files.jobsFile,
      env: files.variables.map((name) => `${name}=\n`).join(''),
      secrets: files.env,
    });
    return told(
      at,
      written,
      [`headrace run ${files.job}        the first sync`, 'headrace status          how it went'],
      context,
    );
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    output.note('nothing was written');
    return { exitCode: 130, data: { folder: at, written: [], kept: [] } };
  }
}

const JOBS_FILE = 'headrace.yaml';
const NEXT_OF_EXAMPLE = [
  'cp .env.example .env     and fill it in',
  'headrace check           do both ends work?',
  'headrace run             the first sync',
];

interface Contents {
  readonly jobs: string;
  /** Of `.env.example`. */
  readonly env: string;
  /** Lines for `.env`. */
  readonly secrets?: string;
}

function exampleOf(tenant: string): Contents {
  return { jobs: JOBS.replace('TENANT', tenant), env: ENV };
}

interface Written {
  readonly written: string[];
  readonly kept: string[];
}

function writeFiles(at: string, { jobs, env, secrets }: Contents): Written {
  const written: string[] = [];
  const kept: string[] = [];
  const put = (name: string, content: string, mode = 0o644) => {
    if (existsSync(join(at, name))) kept.push(name);
    else {
      writeFileSync(join(at, name), content, { flag: 'wx', mode });
      written.push(name);
    }
  };
  // Before there is a file with secrets.
  (ignore(join(at, '.gitignore')) ? written : kept).push('.gitignore');
  if (secrets) {
    addSecrets(join(at, '.env'), secrets);
    written.push('.env');
  }
  put(JOBS_FILE, jobs);
  // A copy of it has the same mode and will contain secrets.
  if (env !== '') put('.env.example', env, 0o600);
  return { written, kept };
}

/** Behind what is there: of two lines with one name the last counts. */
function addSecrets(path: string, lines: string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  appendFileSync(path, `${gap}${lines}`, { mode: 0o600 });
  chmodSync(path, 0o600);
}

function told(
  at: string,
  { written, kept }: Written,
  next: readonly string[],
  { cwd, output }: Context,
): Answer {
  for (const name of written) output.say([paint('green', '✓'), ` ${name}`]);
  for (const name of kept) output.say(`  ${name} is there already and stays as it is`);
  const into = relative(cwd, at);
  const steps = [...(into === '' ? [] : [`cd ${into}`]), ...next];
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
