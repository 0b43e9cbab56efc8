/** Names of ordinary jobs: spaces, non-ASCII, `+`, and a few that older releases let through. */
const JOBS = [
  'api-build',
  'web-build',
  'nightly deploy',
  'integration-tests',
  'Größenprüfung',
  'release+hotfix',
  'docs',
  'R&D pipeline',
  'C# service',
  'mobile-app',
  'データ収集',
  'load-test',
  'security-scan',
  'build',
  'deploy, staging',
  "o'neill-import",
  'perf=smoke',
  'émission',
  'backup@night',
  'lib 100%',
];
const PLAIN_JOBS = JOBS.filter((name) => /^[a-z-]+$/.test(name));

/** Branches as a multibranch project names their jobs: what a path cannot hold is encoded once already. */
const BRANCHES = [
  'main',
  'develop',
  'feature/login',
  'PR-12',
  'release/2.4',
  'fix/#481-crash',
  'feature/größe',
  'user/a&b',
  'hotfix/a+b',
  'spike: cache',
  'PR-7',
  'renovate/node-24.x',
  'feature/a b',
  'revert-100%',
  'dependabot/npm/left-pad',
  'wip',
];
const FOLDERS = [
  'platform',
  'payments',
  'Team Ä',
  'mobile',
  'data & ml',
  'shared',
  'ops',
  'labs',
  'core',
  'partner',
];
const REPOSITORIES = ['checkout', 'gateway', 'billing-service', 'frontend', 'infra', 'identity'];

/** The n-th of a list; once the list is used up, with a number behind it. */
function nth(names: readonly string[], n: number): string {
  const name = names[n % names.length]!;
  return n < names.length ? name : `${name}-${Math.floor(n / names.length) + 1}`;
}

export const jobName = (n: number, awkward: boolean): string => nth(awkward ? JOBS : PLAIN_JOBS, n);
export const folderName = (n: number): string => nth(FOLDERS, n);
export const repositoryName = (n: number): string => nth(REPOSITORIES, n);
export const branchName = (n: number): string => nth(BRANCHES, n);

/** A branch's job name: reserved characters encoded, so `feature/login` is `feature%2Flogin`. */
export function encodedBranch(branch: string): string {
  return branch.replace(
    /[?*/\\%!@#$^&|<>[\]:;]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
