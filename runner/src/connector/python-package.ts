import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError, TransientError } from '@headrace/sdk/spec';
import type { Clock } from '../engine/clock.ts';
import { giveLock, takeLock } from '../stores/lock-file.ts';
import { childEnvironment } from './environment.ts';
import { isAlive, processName } from './work-folder.ts';

/** A package of PyPI, as `pip://airbyte-source-faker==7.2.1` names it. */
export interface PythonPackage {
  readonly name: string;
  /** `[extra]`, or nothing. */
  readonly extras: string;
  readonly version: string;
  /** The program, if the package has several. */
  readonly program: string | undefined;
}

export const PIP = 'pip://';

const REQUIREMENT =
  /^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[A-Za-z0-9._,-]+\])?(?:==([A-Za-z0-9.!+_-]+))?(?:#([A-Za-z0-9._-]+))?$/;

/** @throws ConfigError (`connector.bad_package`, `connector.no_version`) */
export function parsePythonPackage(reference: string): PythonPackage {
  const [, name, extras = '', version, program] = REQUIREMENT.exec(reference.slice(PIP.length)) ?? [];
  if (name === undefined)
    throw new ConfigError(`${JSON.stringify(reference)} is no Python package`, {
      code: 'connector.bad_package',
      hint: 'pip://name==version, e.g. pip://airbyte-source-faker==7.2.1',
    });
  if (version === undefined)
    throw new ConfigError(`${reference} names no version`, {
      code: 'connector.no_version',
      hint: `the same job must run the same program tomorrow: write pip://${name}==VERSION; pip index versions ${name} lists them`,
    });
  return { name, extras, version, program };
}

/** Where packages are installed, and with what. */
export interface PythonSurroundings {
  /** The folder beside the jobs file, `.headrace`. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly scrub: (text: string) => string;
  /** Called with what is done: it takes a while. */
  onLog(message: string): void;
  readonly signal: AbortSignal | undefined;
}

const POLL_MS = 500;
/** Written last: without it the environment is not whole. */
const DONE = 'headrace.json';

/**
 * The program of a package in an environment of its own, `<root>/packages/<name>-<version>/`, which is made once. If two
 * processes want it at once, one makes it and the other waits.
 * @throws ConfigError if there is no such package, version or program, or no Python; TransientError if the index cannot be
 *   reached
 */
export function pythonProgram(of: PythonPackage, around: PythonSurroundings): Promise<string> {
  const venv = join(around.root, 'packages', `${of.name}${of.extras}-${of.version}`.toLowerCase());
  // Both ends of a job may be the same package: a lock does not keep a process from itself.
  const found = (installing.get(venv) ?? Promise.resolve())
    .catch(() => {})
    .then(() => find(venv, of, around));
  installing.set(venv, found);
  return found;
}

const installing = new Map<string, Promise<unknown>>();

async function find(venv: string, of: PythonPackage, around: PythonSurroundings): Promise<string> {
  const { clock, signal } = around;
  const installed = () => installedProgram(venv, of);
  const there = installed();
  if (there !== undefined) return there;
  mkdirSync(dirname(venv), { recursive: true, mode: 0o700 });
  const lock = `${venv}.lock`;
  const processes = { self: processName, isAlive };
  for (let told = false; ; told = true) {
    const holder = takeLock(lock, processes);
    if (holder === undefined) break;
    if (!told) around.onLog(`waits for ${holder}, which installs ${of.name} ${of.version}`);
    if (!(await clock.sleep(POLL_MS, signal))) throw interrupted(signal);
  }
  try {
    return installed() ?? (await install(venv, of, around));
  } finally {
    giveLock(lock, processes);
  }
}

async function install(venv: string, of: PythonPackage, around: PythonSurroundings): Promise<string> {
  const started = around.clock.now();
  around.onLog(`installs ${of.name} ${of.version} into ${venv}, once`);
  // What a killed installation left.
  rmSync(venv, { recursive: true, force: true });
  const python = around.env.HEADRACE_PYTHON ?? 'python3';
  const made = await run(python, ['-m', 'venv', venv], around);
  if (made.code !== 0) throw noVenv(python, made);
  const own = join(venv, process.platform === 'win32' ? 'Scripts' : 'bin');
  const ownPython = join(own, 'python');
  const requirement = `${of.name}${of.extras}==${of.version}`;
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--quiet', requirement];
  const got = await run(ownPython, pip, around);
  if (got.code !== 0) throw notInstalled(of, got.text);
  const listed = await run(ownPython, ['-c', SCRIPTS, of.name], around);
  if (listed.code !== 0) throw notInstalled(of, listed.text);
  const scripts = JSON.parse(listed.text) as string[];
  const program = join(own, chosen(of, scripts));
  const frozen = await run(ownPython, ['-m', 'pip', 'freeze', '--disable-pip-version-check'], around);
  const content = { requirement, scripts, packages: frozen.text.trim().split('\n') };
  writeFileSync(join(venv, `${DONE}.tmp`), `${JSON.stringify(content, null, 2)}\n`);
  renameSync(join(venv, `${DONE}.tmp`), join(venv, DONE));
  around.onLog(
    `installed ${of.name} ${of.version} in ${Math.round((around.clock.now() - started) / 1000)} s`,
  );
  return program;
}

/** Undefined if the environment is not there, or not whole. */
function installedProgram(venv: string, of: PythonPackage): string | undefined {
  const path = join(venv, DONE);
  if (!existsSync(path)) return undefined;
  const { scripts } = JSON.parse(readFileSync(path, 'utf8')) as { scripts: string[] };
  return join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', chosen(of, scripts));
}

/** The programs that a package brings, as a JSON list. */
const SCRIPTS = `import importlib.metadata as m, json, sys
print(json.dumps([e.name for e in m.distribution(sys.argv[1]).entry_points if e.group == "console_scripts"]))`;

/**
 * The program of a package: the only one, the one of the package's name, or that name without who publishes it
 * (`airbyte-source-faker` has `source-faker`, `pipelinewise-tap-mysql` has `tap-mysql`).
 */
function chosen({ name, version, program }: PythonPackage, scripts: readonly string[]): string {
  const short = /(?:source|destination|tap|target)-.*$/.exec(name)?.[0];
  const wanted =
    program ?? (scripts.length === 1 ? scripts[0] : [name, short].find((one) => scripts.includes(one ?? '')));
  if (wanted !== undefined && scripts.includes(wanted)) return wanted;
  const which =
    program === undefined ? 'it is not clear which program of' : `there is no program ${program} in`;
  throw new ConfigError(`${which} ${name} ${version}`, {
    code: 'connector.which_program',
    hint:
      scripts.length === 0
        ? 'the package brings no program'
        : `name one: ${scripts.map((one) => `pip://${name}==${version}#${one}`).join(', ')}`,
  });
}

interface Ran {
  /** Undefined if it could not be started. */
  readonly code: number | undefined;
  readonly text: string;
}

/** pip asks an index that may need settings of its own; it gets no other variables than a connector does. */
function run(command: string, args: readonly string[], around: PythonSurroundings): Promise<Ran> {
  const { passed } = childEnvironment(around.env);
  const pip = Object.entries(around.env).filter(([name]) => /^(PIP|UV)_\w+$/.test(name));
  return new Promise((resolve, reject) => {
    if (around.signal?.aborted) return reject(interrupted(around.signal));
    const child = spawn(command, args, {
      env: { ...passed, ...Object.fromEntries(pip) },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: around.signal,
      killSignal: 'SIGKILL',
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-LONGEST)));
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') reject(interrupted(around.signal));
      else resolve({ code: undefined, text: error.message });
    });
    child.once('close', (code) => resolve({ code: code ?? 1, text: around.scrub(text) }));
  });
}

/** Enough of pip's output for its list of versions. */
const LONGEST = 64 * 1024;

function interrupted(signal: AbortSignal | undefined): TransientError {
  return new TransientError(`the installation was interrupted by ${String(signal?.reason)}`, {
    code: 'run.interrupted',
  });
}

function noVenv(python: string, { code, text }: Ran): ConfigError {
  if (code === undefined)
    return new ConfigError(`${python} cannot be started`, {
      code: 'connector.no_python',
      hint: 'install Python 3 with its module venv, or name another one in HEADRACE_PYTHON',
    });
  return new ConfigError(`${python} cannot make an environment: ${lastLine(text)}`, {
    code: 'connector.no_python',
    hint: /ensurepip|python3-venv/.test(text) ? 'install the package python3-venv' : undefined,
  });
}

const NO_NETWORK =
  /Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|NewConnectionError|Connection refused|ConnectTimeout|Read timed out|Max retries exceeded|ProxyError|CERTIFICATE_VERIFY_FAILED|Network is unreachable/;

function notInstalled({ name, version }: PythonPackage, text: string): ConfigError | TransientError {
  const what = `${name} ${version} cannot be installed`;
  // pip says "no matching distribution" also when it reached no index.
  if (NO_NETWORK.test(text))
    return new TransientError(`${what}: the package index cannot be reached`, {
      code: 'connector.index_unreachable',
      hint: 'it is needed once: connect this machine, or name an index in PIP_INDEX_URL; what is installed runs offline',
    });
  const versions = /from versions: ([^)]*)\)/.exec(text)?.[1];
  if (versions === 'none')
    return new ConfigError(`${what}: there is no such package for this Python`, {
      code: 'connector.no_package',
      hint: `is the name right? pip index versions ${name} lists its versions`,
    });
  if (versions !== undefined)
    return new ConfigError(`${what}: there is no such version for this Python`, {
      code: 'connector.no_package',
      hint: `there are: ${versions.split(', ').slice(-10).join(', ')}`,
    });
  return new ConfigError(`${what}: ${lastLine(text)}`, {
    code: 'connector.not_installable',
    hint: 'pip said why; another Python can be named in HEADRACE_PYTHON',
  });
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '';
}
