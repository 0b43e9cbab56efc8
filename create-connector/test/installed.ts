import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnector } from '../src/create.ts';
import type { Kind } from '../src/names.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const npm = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** The result of a shell command. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  /** stdout and stderr, interleaved. */
  readonly said: string;
}

/** A folder with the SDK installed as a user would get it: from the package that would be published. */
export interface Installed {
  /** Creates a connector inside the folder, where it finds the installed packages. Returns the connector's folder. */
  create(kind: Kind, name: string): string;
  /** Runs a bash script in a connector's folder. */
  shell(script: string, cwd: string): Promise<Ran>;
  remove(): void;
}

/** Packs the SDK and installs it with the dependencies of a new connector, in the versions from its package.json. */
export function install(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-new-'));
  try {
    return installInto(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function installInto(folder: string): Installed {
  const sdk = join(folder, 'sdk');
  mkdirSync(sdk);
  // Builds its own copy, because another process may be building the SDK. Type errors are tested elsewhere.
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const build = [
    tsc,
    '-p',
    join(root, 'sdk/tsconfig.build.json'),
    '--outDir',
    join(sdk, 'dist'),
    '--noCheck',
  ];
  execFileSync(process.execPath, build, { stdio: 'inherit' });
  for (const file of ['package.json', 'README.md']) cpSync(join(root, 'sdk', file), join(sdk, file));
  const tarball = execFileSync('npm', ['pack', sdk, '--silent'], { cwd: folder, encoding: 'utf8' }).trim();

  const create = (kind: Kind, name: string): string => createConnector({ kind, name, cwd: folder }).folder;
  const probe = create('source', 'probe');
  const manifest = readFileSync(join(probe, 'package.json'), 'utf8');
  const used = manifest.replace(/("@headrace\/sdk": ")[^"]*/, `$1file:${tarball}`);
  writeFileSync(join(folder, 'package.json'), used);
  rmSync(probe, { recursive: true });
  execFileSync('npm', ['install', ...npm], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });

  return {
    create,
    shell: (script, cwd) =>
      new Promise((resolve, reject) => {
        const path = `${join(folder, 'node_modules/.bin')}:${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
        // A user's shell does not have NODE_ENV and the other variables of a test runner.
        const { NODE_OPTIONS: _, NODE_ENV: __, ...env } = process.env;
        const child = spawn('bash', ['-ec', script], { cwd, env: { ...env, PATH: path } });
        let stdout = '';
        let said = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          stdout += text;
          said += text;
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
        child.stdin.end();
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, stdout, said }));
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
