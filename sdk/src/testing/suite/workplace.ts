import {
  type ConnectorProcess,
  type Ended,
  type StartOptions,
  startProcess,
} from '../process/connector-process.ts';
import { type Output, readOutput } from '../process/output.ts';
import { CheckFailed } from './check.ts';
import { type Files, openFiles } from './files.ts';

/** A finished run of the connector, with its output parsed. */
export interface Run extends Ended {
  readonly output: Output;
}

/** What one check works with, for either kind of connector. */
export interface Workplace<Fixture> {
  readonly files: Files;
  /** This check's fixture, created on first use. */
  fixture(): Promise<Fixture>;
  /** Starts `<command> <args>`. */
  start(args: readonly string[], options?: StartOptions): ConnectorProcess;
  run(args: readonly string[], options?: StartOptions): Promise<Run>;
  /** Registers something to stop after the check. */
  owns(stop: () => unknown): void;
  close(): Promise<void>;
}

/** How to start the connector and create its fixtures. */
export interface WorkplaceOptions<Fixture> {
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: StartOptions['env'];
  /** The time limit of a process. Default: as in `StartOptions`. */
  readonly timeoutMs?: number;
  start(): Promise<Fixture>;
}

/** @param env for every process; `options.env` has priority */
export function openWorkplace<Fixture extends { stop(): unknown }>(
  options: WorkplaceOptions<Fixture>,
  env: StartOptions['env'] = {},
): Workplace<Fixture> {
  const files = openFiles();
  const stops: Array<() => unknown> = [];
  const running = new Set<ConnectorProcess>();
  let fixture: Promise<Fixture> | undefined;
  const start = (args: readonly string[], more: StartOptions = {}): ConnectorProcess => {
    const child = startProcess([...options.command, ...args], {
      cwd: options.cwd,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...more,
      env: { ...env, ...options.env, ...more.env },
    });
    running.add(child);
    const gone = (): unknown => running.delete(child);
    child.ended.then(gone, gone);
    return child;
  };
  return {
    files,
    start,
    run: async (args, more) => asRun(await start(args, more).ended),
    fixture: () => {
      fixture ??= options.start().then((opened) => {
        stops.push(() => opened.stop());
        return opened;
      });
      return fixture;
    },
    owns: (stop) => void stops.push(stop),
    close: async () => {
      // Kill whatever a failed check has left running.
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.allSettled([...running].map(({ ended }) => ended));
      try {
        for (const stop of stops.reverse()) await stop();
      } finally {
        files.remove();
      }
    },
  };
}

/** Runs a check in a context and always closes it. If stopping a fixture reports an error, the check fails. */
export async function within<Context extends { close(): Promise<void> }, T>(
  context: Context,
  run: (context: Context) => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await run(context);
  } catch (error) {
    await context.close().catch((found: Error) => {
      // Most likely the cause: a request that the API does not know.
      throw new CheckFailed(`${(error as Error).message}\n${found.message}`, { cause: error });
    });
    throw error;
  }
  await context.close();
  return result;
}

export function asRun(ended: Ended): Run {
  return { ...ended, output: readOutput(ended.stdout) };
}

/**
 * The end of a run's output, without its records. Only called for a failure, because an output may have many MB.
 */
export function tail({ stdout, stderr, code, signal }: Ended): () => string {
  return () => {
    const lines = stdout
      .toString()
      .split('\n')
      .filter((line) => !/"type"\s*:\s*"RECORD"/.test(line.slice(0, 200)));
    const short = lines.map((line) => (line.length > 600 ? `${line.slice(0, 600)}…` : line));
    return [...short.slice(-25), stderr.slice(-2000), `(exit ${code ?? signal})`].join('\n');
  };
}
