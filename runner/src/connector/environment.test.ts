import { expect, test } from 'vitest';
import { childEnvironment } from './environment.ts';

const of = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, `value of ${name}`]));
const passed = (names: string, more?: readonly string[], isContainer?: boolean) =>
  Object.keys(childEnvironment(of(names), more, isContainer).passed).join(' ');

const NEEDED =
  'PATH HOME LANG LC_ALL LC_CTYPE TZ TMPDIR HTTP_PROXY https_proxy no_proxy NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE AWS_CA_BUNDLE LOG_LEVEL HEADRACE_LOCK_WAIT_MS JAVA_HOME PYTHONPATH PYTHONUNBUFFERED NODE_OPTIONS NODE_COMPILE_CACHE VIRTUAL_ENV';
const SECRETS =
  'AWS_SECRET_ACCESS_KEY AWS_PROFILE GITHUB_TOKEN JIRA_API_TOKEN DATABASE_URL PGPASSWORD MY_PATH PATHS XHOME npm_config__auth HEADRACE_API_TOKEN HEADRACE_DB_PASSWORD HEADRACE_DSN LC_ PYTHON_KEYRING SSH_AUTH_SOCK WORKER_JOB_ID';

test('a connector gets what it needs to run, and nothing else', () => {
  expect(passed(NEEDED)).toBe(NEEDED);
  expect(passed(SECRETS)).toBe('');
  expect(childEnvironment(of('PATH')).passed).toEqual({ PATH: 'value of PATH' });
  expect(childEnvironment({ PATH: undefined })).toEqual({ passed: {}, missed: [] });
});

test('what its end names is passed on', () => {
  expect(passed(SECRETS, ['AWS_PROFILE', 'HEADRACE_API_TOKEN', 'NOT_SET'])).toBe(
    'AWS_PROFILE HEADRACE_API_TOKEN',
  );
});

test('a container gets nothing that speaks of paths of this machine', () => {
  expect(passed(NEEDED, [], true)).toBe(
    'LANG LC_ALL LC_CTYPE TZ HTTP_PROXY https_proxy no_proxy LOG_LEVEL HEADRACE_LOCK_WAIT_MS',
  );
  expect(passed(SECRETS, ['AWS_PROFILE'], true)).toBe('AWS_PROFILE');
  expect(childEnvironment(of('AWS_CA_BUNDLE AWS_REGION'), [], true).missed).toEqual(['AWS_REGION']);
});

test('what libraries of clouds and databases read by themselves is named', () => {
  const { missed } = childEnvironment(
    of(
      'AWS_PROFILE GOOGLE_APPLICATION_CREDENTIALS AZURE_TENANT_ID DATABASE_URL APP_DATABASE_URL PGHOST SNOWFLAKE_ACCOUNT PAGER EDITOR PGP AWSOME HOME',
    ),
    ['PGHOST'],
  );
  expect(missed.join(' ')).toBe(
    'AWS_PROFILE GOOGLE_APPLICATION_CREDENTIALS AZURE_TENANT_ID DATABASE_URL APP_DATABASE_URL SNOWFLAKE_ACCOUNT PGP',
  );
});
