import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from '@headrace/sdk/protocol';
import { onTestFinished } from 'vitest';
import { main } from '../src/cli.ts';
import { isAlive, processName } from '../src/connector/work-folder.ts';
import { type Clock, systemClock } from '../src/engine/clock.ts';
import type { RunResult } from '../src/engine/events.ts';
import type { RunEntry } from '../src/engine/ports.ts';
import { tenantDatabase } from '../src/stores/database.ts';
import { sqliteHistory } from '../src/stores/history/history.ts';
import type { Asker } from '../src/wizard/asker.ts';

/** The test's own connectors, started as processes like any other. */
export const connector = (name: string) => join(import.meta.dirname, 'connectors', `${name}.mjs`);

export type Step = Readonly<Record<string, unknown>> & { readonly do: string };

/** A well behaved stream: STARTED, its records, one state, COMPLETE. */
export function stream(name: string, count: number, from?: number): Step[] {
  return [
    { do: 'status', stream: name, status: 'STARTED' },
    { do: 'records', stream: name, count, ...(from === undefined ? {} : { from }) },
    { do: 'state', stream: name },
    { do: 'status', stream: name, status: 'COMPLETE' },
  ];
}

export interface Call {
  readonly verb: string;
  readonly config: Record<string, unknown>;
  readonly configPath: string;
  readonly catalog?: { streams: Array<Record<string, unknown> & { stream: { name: string } }> };
  readonly states: string | null;
  readonly [key: string]: unknown;
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The envelope, where `--json` was given. */
  readonly json: {
    ok: boolean;
    exit_code: number;
    data: { runs: RunResult[] };
    errors: Array<{ code: string; place?: string; message: string; hint?: string }>;
  };
}

/** A folder of its own with a jobs file in it, and the command line run on it. */
export function workspace({ clock = systemClock }: { clock?: Clock } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const lines = (name: string): Array<Record<string, unknown>> =>
    readFileSync(path(name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  return {
    folder,
    path,
    write(name: string, content: string) {
      mkdirSync(join(path(name), '..'), { recursive: true });
      writeFileSync(path(name), content);
    },
    /** One job `j` from the test's source to its destination; a list of steps per attempt. */
    job(
      plan: Step[][],
      over: { source?: object; destination?: object; job?: object; ends?: [string, string] } = {},
    ) {
      const [from, to] = over.ends ?? ['source', 'destination'];
      const job = {
        source: { connector: connector(from), config: { notes: path('notes'), plan, ...over.source } },
        destination: { connector: connector(to), config: { out: path('out'), ...over.destination } },
        retries: 0,
        retry_delay_seconds: 0,
        ...over.job,
      };
      writeFileSync(path('headrace.yaml'), JSON.stringify({ tenant: 'acme', jobs: { j: job } }, null, 2));
    },
    async run(...argv: string[]): Promise<Ran> {
      return this.pipe('', ...argv);
    },
    /** As `run`, with a text as its standard input. */
    pipe(input: string, ...argv: string[]): Promise<Ran> {
      return this.call({ input }, ...argv);
    },
    /** As `run`, with a person who answers, or other variables. */
    async call(
      given: { input?: string; asker?: Asker; env?: Record<string, string> },
      ...argv: string[]
    ): Promise<Ran> {
      const { input = '', asker } = given;
      let stdout = '';
      let stderr = '';
      const exitCode = await main({
        argv,
        env: { PATH: process.env.PATH, XDG_STATE_HOME: path('state-home'), ...given.env },
        cwd: folder,
        stdout: { write: (text) => (stdout += text) },
        stderr: { write: (text) => (stderr += text) },
        stdin: { text: () => Promise.resolve(input) },
        ...(asker ? { ask: () => Promise.resolve(asker) } : {}),
        clock,
        version: '0.0.0',
      });
      return {
        exitCode,
        stdout,
        stderr,
        json: argv.includes('--json') ? (JSON.parse(stdout) as Ran['json']) : (undefined as never),
      };
    },
    lines,
    /** The ids in the destination's file, in their order. */
    ids: (name: string) =>
      lines('out')
        .filter((record) => record.stream === name)
        .map((record) => record.id),
    calls: (verb: string) => lines('notes').filter((call) => call.verb === verb) as unknown as Call[],
    /** The runs that were kept, newest first. */
    async runs(): Promise<RunEntry[]> {
      const database = tenantDatabase(path('.headrace'), 'acme');
      const processes = { self: processName, isAlive };
      const history = sqliteHistory(() => database, processes, new Secrets());
      const runs = await Array.fromAsync(history.runs('acme', {}));
      database.close();
      return runs;
    },
    /** Every file under the folder, by its path. */
    files: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
  };
}
