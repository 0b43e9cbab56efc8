// Sets up a fresh machine that has only Node 20 and git. Plain JavaScript, because nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.headrace-build');

const say = (text) => process.stderr.write(`${text}\n`);

/** Prints a message and exits. */
function stop(sentence) {
  say(`✗ ${sentence}`);
  process.exit(1);
}

function olderThan(major, minor) {
  const [has = 0, hasMinor = 0] = process.versions.node.split('.').map(Number);
  return has < major || (has === major && hasMinor < minor);
}

export function requireNode() {
  if (olderThan(20, 0))
    stop(
      `Headrace needs Node 20 or newer to set itself up; this is Node ${process.versions.node}. See https://nodejs.org.`,
    );
}

/** Installs the packages in package-lock.json, unless they are installed already. */
export function install() {
  const lock = join(root, 'package-lock.json');
  const installed = join(modules, '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const started = Date.now();
  say('Installing dependencies (npm install; about a minute)…');
  // `npm ci` would delete node_modules first. With --no-save, npm also follows the lockfile, including its checksums,
  // and does not change it. No package needs its install script; our build runs afterwards.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (npm.error) stop(`Cannot start npm (${npm.error.message}). It comes with Node: https://nodejs.org.`);
  if (npm.status !== 0) {
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/.test(npm.stderr)) {
      stop(
        'Cannot reach the npm registry. The first run needs the network (or a proxy: npm config set proxy …).',
      );
    }
    say(npm.stderr.trim());
    stop('npm install failed; see its message above.');
  }
  say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** A Node that can run the project: the one from the lockfile, otherwise this one if it is new enough. */
export function node() {
  const exe = process.platform === 'win32' ? 'node.exe' : 'node';
  const own = join(modules, `node-${process.platform.replace('win32', 'win')}-${process.arch}`, 'bin', exe);
  if (existsSync(own)) return own;
  if (olderThan(22, 20)) {
    stop(
      `There is no Node 24 package for ${process.platform}-${process.arch}: install Node 22.20 or newer (this is ${process.versions.node}).`,
    );
  }
  return process.execPath;
}

/** An environment in which `node` is that Node, and all tools are the project's own. */
export function environment() {
  const path = [join(modules, '.bin'), process.env.PATH].join(delimiter);
  return { ...process.env, PATH: path, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' };
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => name !== 'dist' && name !== 'node_modules')
      .map((name) => newest(join(path, name))),
  );
}

/** Builds all packages, unless nothing has changed since the last build. */
export function build() {
  const sources = [
    'sdk',
    'connectors',
    'create-connector',
    'runner',
    'sandbox',
    'specs',
    'scripts',
    'package-lock.json',
  ];
  const changed = Math.max(...sources.map((name) => newest(join(root, name))));
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= changed) return;
  const started = Date.now();
  say('Building…');
  const lerna = spawnSync(node(), [join(modules, 'lerna', 'dist', 'cli.js'), 'run', 'build'], {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
  });
  if (lerna.status !== 0) {
    say(`${lerna.stdout ?? ''}${lerna.stderr ?? ''}`);
    stop('The build failed; see its messages above.');
  }
  writeFileSync(stamp, '');
  say(`Built in ${Math.round((Date.now() - started) / 1000)} s.`);
}
