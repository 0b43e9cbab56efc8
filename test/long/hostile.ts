import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, type Result } from './result.ts';

const CONNECTOR = join(import.meta.dirname, 'hostile', 'connector.mjs');
const RUNNER = join(import.meta.dirname, '../../runner/dist/main.js');

const EITHER =
  'hang deaf stopped crash exit line-without-end junk logs stderr fork-holds-stdout fork-talks fork-holds-stderr forks closed-stdout closed-stdin';
const SOURCES = `${EITHER} errors deep-json many-values many-streams strangers crash-after-state cut counts-wrong stdout-closed-early
  endless-records holds-on silent spec-bomb spec-bomb-of-ours spec-circle spec-doubles spec-nonsense spec-null spec-huge spec-deep
  in-spec-hang in-spec-line-without-end in-spec-fork-talks in-spec-stopped in-spec-deep-json in-check-deaf in-check-fork-holds-stdout in-discover-logs
  in-discover-junk in-discover-many-values`;
const DESTINATIONS = `${EITHER} reads-nothing leaves-at-once invents never-echoes stays fails-late in-spec-deaf in-check-crash`;

/** Their streams are whole, whatever else they do. */
const HARMLESS = /^source-(deep-json|many-values|holds-on|silent|spec-(bomb|bomb-of-ours|circle|doubles))$/;
/** How far these come is a matter of the machine. */
const EITHER_WAY = /^source-many-streams$/;

const MOST_SECONDS = 900;
const MOST_MIB = 1500;

/**
 * Sixty and more malformed or hostile connectors in one `run --all` with ten healthy jobs between them: the healthy ones
 * complete, the others fail, time and memory are bounded, and nothing that they started is left.
 */
export async function hostile(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'headrace-hostile-'));
  const wrapped = (name: string) => {
    writeFileSync(
      join(folder, name),
      `#!/bin/sh\nHEADRACE_HOSTILE=${name} exec ${process.execPath} ${CONNECTOR} "$@"\n`,
      {
        mode: 0o755,
      },
    );
    return `./${name}`;
  };
  try {
    const names = [
      ...SOURCES.split(/\s+/).map((what) => `source-${what}`),
      ...DESTINATIONS.split(/\s+/).map((what) => `destination-${what}`),
    ];
    const config = { name: `${'a'.repeat(40)}!` };
    const good = { source: wrapped('source-good'), destination: wrapped('destination-good') };
    const jobs: Record<string, unknown> = {};
    for (const [k, name] of names.entries()) {
      const bad = name.startsWith('source-')
        ? { ...good, source: wrapped(name) }
        : { ...good, destination: wrapped(name) };
      jobs[name] = jobOf(bad, config);
      if (k % Math.floor(names.length / 10) === 0 && k / Math.floor(names.length / 10) < 10)
        jobs[`good-${k}`] = jobOf(good, {});
    }
    writeFileSync(
      join(folder, 'headrace.yaml'),
      JSON.stringify({ defaults: { retries: 0, timeout_minutes: 2 / 60 }, jobs }),
    );
    const started = Date.now();
    const { json, mib } = await run(folder);
    const seconds = Math.round((Date.now() - started) / 1000);
    const runs = new Map(json.data.runs.map((one) => [one.job, one]));
    const healthy = Object.keys(jobs).filter((name) => name.startsWith('good-'));
    for (const name of healthy)
      judge(result, runs.get(name)?.outcome === 'complete', `hostile: ${name} ${runs.get(name)?.outcome}`);
    for (const name of names) {
      const outcome = runs.get(name)?.outcome ?? 'left out';
      judge(
        result,
        EITHER_WAY.test(name) || (outcome === 'complete') === HARMLESS.test(name),
        `hostile: ${name} ${outcome} in ${((runs.get(name)?.ended ?? 0) - (runs.get(name)?.started ?? 0)) / 1000} s ${runs.get(name)?.errors[0]?.message.slice(0, 90) ?? ''}`,
      );
    }
    judge(
      result,
      seconds <= MOST_SECONDS && mib <= MOST_MIB,
      `hostile: ${names.length} hostile and ${healthy.length} healthy jobs in ${seconds} s, at most ${mib} MiB resident`,
    );
    const left = leftOvers(folder);
    judge(result, left.length === 0, `hostile: left running: ${left.join(', ') || 'nothing'}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

function jobOf({ source, destination }: { source: string; destination: string }, config: object) {
  return { source: { connector: source, config }, destination: { connector: destination, config } };
}

interface Envelope {
  readonly data: {
    readonly runs: ReadonlyArray<{
      readonly job: string;
      readonly outcome: string;
      readonly started: number;
      readonly ended: number;
      readonly errors: ReadonlyArray<{ readonly message: string }>;
    }>;
  };
}

/** The runner as people start it, and the most memory that it had. */
function run(folder: string): Promise<{ json: Envelope; mib: number }> {
  const child = spawn(process.execPath, [RUNNER, 'run', '--all', '--json', '--quiet'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  let mib = 0;
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const look = setInterval(() => {
    try {
      const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      mib = Math.max(mib, Math.round(Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024));
    } catch {
      // It has just ended.
    }
  }, 1000);
  return new Promise((resolve) => {
    child.once('close', () => {
      clearInterval(look);
      resolve({ json: JSON.parse(stdout) as Envelope, mib });
    });
  });
}

/** Processes whose working directory is the test's. */
function leftOvers(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`PWD=${folder}`);
      } catch {
        return false;
      }
    });
}
