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
import type { AnySource } from '../source/define.ts';
import { sourceSpec } from '../spec/connector-spec.ts';
import { type Output, readOutput } from './process/output.ts';

/** What a command is given besides the configuration. */
export interface InProcessOptions {
  /** What `--state` would hold, e.g. `statesAfter(output, output.states.length)`; → none. */
  readonly states?: readonly StateMessage[];
  /** What `--catalog` would hold. */
  readonly catalog?: object;
  /** What `--streams` names; → all. */
  readonly streams?: readonly string[];
  readonly limit?: number;
  /** The process's environment; → waits of a millisecond where a process waits for seconds. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a command said, and the code that its process would end with. */
export interface InProcess extends Output {
  readonly code: number;
}

/**
 * Runs a source's command in this process, from its config to its messages as its program would: configuration,
 * catalog and states are read and checked in the same way. Half a second sooner than a process; what a process is
 * about (signals, pipes, exit) needs one: `runProcess`.
 * @param config as it stands in the file
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
    const { code, stdout } = await run(source, verb, flags, options.env);
    return { code, ...readOutput(stdout) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The same from the arguments of a command line, e.g. `['read', '--config', 'config.json']`.
 * @returns the exit code, and stdout as its bytes
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
