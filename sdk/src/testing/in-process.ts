import type { Buffer } from 'node:buffer';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSession } from '../cli/session.ts';
import {
  runCheck,
  runDiscover,
  runRead,
  type SourceFlags,
  type SourceProcess,
} from '../cli/source-commands.ts';
import { MessageWriter } from '../protocol/message-writer.ts';
import type { StateMessage } from '../protocol/messages.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AnySource } from '../source/define-source.ts';
import { sourceSpec } from '../spec/connector-spec.ts';
import { type Output, readOutput } from './process/output.ts';

/** What a command gets in addition to the config. */
export interface InProcessOptions {
  /** The contents of `--state`, e.g. `statesAfter(output, output.states.length)`. Default: none. */
  readonly states?: readonly StateMessage[];
  /** The contents of `--catalog`. */
  readonly catalog?: object;
  /** The value of `--streams`. Default: all. */
  readonly streams?: readonly string[];
  readonly limit?: number;
  /** Environment variables. Default: settings that make retries wait a millisecond instead of seconds. */
  readonly env?: Readonly<Record<string, string>>;
  /** A clock of the test's own, for waits that would take hours. Default: the system's. */
  readonly clock?: Clock;
}

/** A command's output, and the exit code that its process would have. */
export interface InProcess extends Output {
  readonly code: number;
}

/**
 * Runs a source's command in this process. The config, catalog and states are read and checked as in the real
 * program. This is half a second faster than a process. Use `runProcess` to test signals, pipes and exits.
 * @param config as written in the file
 */
export async function runInProcess(
  source: AnySource,
  verb: 'check' | 'discover' | 'read',
  config: object,
  options: InProcessOptions = {},
): Promise<InProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'in-process-'));
  const file = (name: string, value: unknown): string | undefined => {
    if (value === undefined) return undefined;
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  const flags = {
    config: file('config.json', config)!,
    catalog: file('catalog.json', options.catalog),
    state: file('state.json', options.states),
    streams: options.streams?.join(','),
    limit: options.limit,
  };
  try {
    const { code, stdout } = await run(source, verb, flags, options.env, options.clock);
    return { code, ...readOutput(stdout) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The same with command-line arguments, e.g. `['read', '--config', 'config.json']`.
 * @returns the exit code, and the bytes of stdout
 */
export async function runArguments(
  source: AnySource,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: Buffer }> {
  const text = { type: 'string' } as const;
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: text,
      catalog: text,
      state: text,
      streams: text,
      limit: text,
      'update-config': { type: 'boolean' },
    },
  });
  const { 'update-config': updateConfig, limit, ...files } = values;
  const flags = { ...files, config: values.config!, updateConfig, limit: limit ? Number(limit) : undefined };
  return run(source, positionals[0] as 'check' | 'discover' | 'read', flags, env);
}

async function run(
  source: AnySource,
  verb: 'check' | 'discover' | 'read',
  flags: SourceFlags,
  env: Readonly<Record<string, string>> = {},
  clock?: Clock,
): Promise<{ code: number; stdout: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), 'in-process-'));
  const out = join(folder, 'out');
  const fd = openSync(out, 'w');
  try {
    const session = createSession(new MessageWriter(fd), false);
    const process: SourceProcess = {
      source,
      spec: sourceSpec(source),
      session,
      signal: new AbortController().signal,
      env: { HEADRACE_BACKOFF_MS: '1', ...env },
      ...(clock && { clock }),
    };
    const command = { check: runCheck, discover: runDiscover, read: runRead }[verb];
    const code = await command(process, flags).catch((error: unknown) => {
      session.fail(error);
      return 1;
    });
    await session.writer.flush();
    return { code, stdout: readFileSync(out) };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}
