import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession } from '../cli/session.ts';
import { runCheck, runDiscover, runRead, type SourceProcess } from '../cli/source-commands.ts';
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
  const out = join(folder, 'out');
  const fd = openSync(out, 'w');
  try {
    const session = createSession(new MessageWriter(fd), false);
    const process: SourceProcess = {
      source,
      spec: sourceSpec(source),
      session,
      signal: new AbortController().signal,
      env: { HEADRACE_BACKOFF_MS: '1', ...options.env },
    };
    const flags = {
      config: file('config.json', config)!,
      catalog: file('catalog.json', options.catalog),
      state: file('state.json', options.states),
      streams: options.streams?.join(','),
      limit: options.limit,
    };
    const command = { check: runCheck, discover: runDiscover, read: runRead }[verb];
    const code = await command(process, flags).catch((error: unknown) => {
      session.fail(error);
      return 1;
    });
    await session.writer.flush();
    return { code, ...readOutput(readFileSync(out)) };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}
