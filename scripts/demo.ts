/** `npm run demo` starts a sandbox Jira, syncs it twice into demo/bronze with the runner, and shows the result. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Table from 'cli-table3';

const FOLDER = 'demo';
const ISSUES = 5000;
const CHANGED = 25;

const say = (text = ''): void => void process.stdout.write(`${text}\n`);

async function startSandbox(): Promise<{ url: string; email: string; token: string; process: ChildProcess }> {
  const args = ['jira', '--port', '0', '--issues', String(ISSUES), '--seed', '1'];
  const child = spawn('headrace-sandbox', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  const [, url, email, token] = /(http:\/\/\S+).*email (\S+), API token ([^\s)]+)/.exec(line) ?? [];
  if (!url || !email || !token) throw new Error(`unexpected output of the sandbox: ${line}`);
  return { url, email, token, process: child };
}

function writeJobs(url: string, email: string, token: string): void {
  // Only the demo writes to this folder. Start each demo with an empty one.
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  writeFileSync(join(FOLDER, '.env'), `JIRA_API_TOKEN=${token}\n`);
  writeFileSync(
    join(FOLDER, 'headrace.yaml'),
    `tenant: demo
defaults:
  destination: { connector: jsonl-destination, config: { path: "./bronze", allow_ephemeral: true } }
jobs:
  jira:
    source:
      connector: jira-source
      config:
        base_url: "${url}"
        credentials: { auth_type: api_token, email: "${email}", api_token: "\${JIRA_API_TOKEN}" }
      streams: [issues, issue_changelogs, comments, attachments, worklogs, projects, users, fields]
`,
  );
}

/** Runs the job. The runner shows its own progress and table. */
function sync(): void {
  const { status } = spawnSync('headrace', ['run', '--file', join(FOLDER, 'headrace.yaml')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`headrace run ended with ${status}`);
}

interface Landed {
  files: number;
  bytes: number;
  records: number;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.jsonl(\.gz)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const linesOf = (file: string): string[] => {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trimEnd().split('\n');
};

function showFiles(root: string): void {
  const streams = new Map<string, Landed>();
  const files = filesOf(root);
  for (const file of files) {
    const stream = file.slice(root.length + 1).split('/')[1] ?? '';
    const landed = streams.get(stream) ?? { files: 0, bytes: 0, records: 0 };
    streams.set(stream, {
      files: landed.files + 1,
      bytes: landed.bytes + statSync(file).size,
      records: landed.records + linesOf(file).length,
    });
  }
  const table = new Table({
    head: ['stream', 'records in files', 'files', 'kB on disk'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const [stream, { files: count, bytes, records }] of streams)
    table.push([stream, records, count, Math.round(bytes / 1000)]);
  say(table.toString());
  const sample = files.find((file) => file.includes('/issues/'));
  if (sample) say(`\nThe first issue, in ${sample}:\n  ${linesOf(sample)[0]!.slice(0, 300)}…`);
}

say('Starting a sandbox Jira…');
const sandbox = await startSandbox();
try {
  say(`It has ${ISSUES} issues in 6 projects, and runs at ${sandbox.url}.\n\nFirst sync: everything.`);
  writeJobs(sandbox.url, sandbox.email, sandbox.token);
  sync();
  const change = { do: 'touch', count: CHANGED };
  const answer = await fetch(`${sandbox.url}/_sandbox/control`, {
    method: 'POST',
    body: JSON.stringify(change),
  });
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
  say(
    `\n${CHANGED} issues were changed in Jira. Second sync: only the changes, and the small full-refresh streams again.`,
  );
  sync();
  say('\nWhat landed:');
  showFiles(join(FOLDER, 'bronze'));
  say(`
The files are in ${FOLDER}/bronze, the job is in ${FOLDER}/headrace.yaml.
Try next:
  zcat ${FOLDER}/bronze/*/issues/*/*/*/*.jsonl.gz | head -1        show an issue
  npx headrace-sandbox jira --port 4010                        start your own sandbox, then see “Use it” in README.md
  npx headrace init                                           write a headrace.yaml for your own Jira`);
} finally {
  sandbox.process.kill();
}
