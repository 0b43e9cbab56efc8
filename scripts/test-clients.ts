/**
 * `npm run test:clients`: our connectors with real ones of others, from PyPI, under the runner; records in and out are
 * compared. It needs Python 3 and a package index the first time; the packages are kept in the folder for temporary files.
 */
import { spawn } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { startJira } from '../sandbox/src/index.ts';

const FAKER = 'airbyte-source-faker==7.2.1';
const folder = join(tmpdir(), 'headrace-clients');
const packages = join(folder, '.headrace/packages');
const repository = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string) => join(repository, 'node_modules/.bin', name);

interface Stream {
  readonly name: string;
  readonly records: number;
  readonly committed: number;
  readonly complete: boolean;
}
interface Envelope {
  readonly exit_code: number;
  readonly data: { readonly runs: ReadonlyArray<{ readonly streams: readonly Stream[] }> };
  readonly errors: unknown[];
}

const table = new Table({
  head: ['source', 'destination', 'stream', 'at the source', 'passed', 'stored', ''],
  style: { head: [], border: [], compact: true },
});
let failures = 0;

/** Runs a job and returns its streams. */
async function run(job: string): Promise<readonly Stream[]> {
  const child = spawn(bin('headrace'), ['run', job, '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) out += String(chunk);
  const { data, errors } = JSON.parse(out) as Envelope;
  for (const error of errors) process.stdout.write(`${JSON.stringify(error)}\n`);
  return data?.runs[0]?.streams ?? [];
}

/** A row of the table: all three numbers have to be the same, and the stream complete. */
function compare(
  ends: readonly [string, string],
  streams: readonly Stream[],
  name: string,
  expected: number,
  stored: number,
): void {
  const stream = streams.find((one) => one.name === name);
  const isSame =
    stream?.complete === true &&
    [stream.records, stream.committed, stored].every((count) => count === expected);
  if (!isSame) failures++;
  table.push([...ends, name, expected, stream?.records ?? '–', stored, isSame ? '✓' : '✗'].map(String));
}

/** The lines of files that a destination wrote. */
function linesIn(pattern: string, isWanted: (line: string) => boolean = () => true): number {
  return globSync(pattern, { cwd: folder })
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && isWanted(line)).length;
}

mkdirSync(folder, { recursive: true });
for (const left of ['bronze', 'out', 'headrace.yaml', '.headrace/default'])
  rmSync(join(folder, left), { recursive: true, force: true });
mkdirSync(join(folder, 'out'));
const sandbox = await startJira({ issues: 200, seed: 1 });
const issues = sandbox.ids().length;
const jira = {
  connector: bin('jira-source'),
  config: {
    base_url: sandbox.url,
    credentials: { auth_type: 'api_token', email: sandbox.email, api_token: sandbox.apiToken },
  },
  streams: ['issues'],
};
const jsonl = {
  connector: bin('jsonl-destination'),
  config: { path: './bronze', layout: 'flat', allow_ephemeral: true },
};
// The environment of the faker has Airbyte's CDK, which also makes destinations.
const python = join(packages, FAKER.replace('==', '-'), 'bin/python');
writeFileSync(
  join(folder, 'cdk-destination'),
  `#!/bin/sh\nexec ${python} ${join(repository, 'test/clients/cdk-destination.py')} "$@"\n`,
);
chmodSync(join(folder, 'cdk-destination'), 0o755);
const jobs = {
  faker: {
    source: { connector: `pip://${FAKER}`, config: { count: 300 }, streams: ['users', 'products'] },
    destination: jsonl,
  },
  cdk: { source: jira, destination: { connector: './cdk-destination', config: { path: './out/cdk.jsonl' } } },
  target: {
    source: jira,
    destination: {
      connector: 'singer://pip://target-jsonl==0.1.4',
      config: { destination_path: join(folder, 'out') },
    },
  },
  tap: {
    source: {
      connector: 'singer://pip://tap-jsonl==0.3.1',
      config: { path: join(folder, 'out/issues-*.jsonl'), stream_name: 'issues', primary_keys: ['id'] },
    },
    destination: jsonl,
  },
};
writeFileSync(join(folder, 'headrace.yaml'), JSON.stringify({ jobs }, null, 2));
try {
  const faker = await run('faker');
  compare(
    ['source-faker (Airbyte)', 'jsonl-destination'],
    faker,
    'users',
    300,
    linesIn('bronze/faker/users.jsonl'),
  );
  compare(
    ['source-faker (Airbyte)', 'jsonl-destination'],
    faker,
    'products',
    100,
    linesIn('bronze/faker/products.jsonl'),
  );
  compare(
    ['jira-source', 'Airbyte CDK (Python)'],
    await run('cdk'),
    'issues',
    issues,
    linesIn('out/cdk.jsonl'),
  );
  compare(
    ['jira-source', 'target-jsonl (Singer)'],
    await run('target'),
    'issues',
    issues,
    linesIn('out/issues-*.jsonl'),
  );
  // Reads what the target wrote.
  compare(
    ['tap-jsonl (Singer)', 'jsonl-destination'],
    await run('tap'),
    'issues',
    issues,
    linesIn('bronze/tap/issues.jsonl'),
  );
} finally {
  await sandbox.close();
}
process.stdout.write(`${table.toString()}\n`);
process.exitCode = failures > 0 ? 1 : 0;
