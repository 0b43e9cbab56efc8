import { appendFileSync, closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationSin, HostileDestinationOptions } from './options.ts';
import { die, type Output, storm } from './process.ts';

/** A destination that follows the protocol except for the faults in `sins`. */
export async function hostileDestination(
  options: HostileDestinationOptions,
  verb: string,
  out: Output,
): Promise<number> {
  switch (verb) {
    case 'spec':
      out.say({
        type: 'SPEC',
        spec: {
          connectionSpecification: { type: 'object', properties: {}, additionalProperties: true },
          supported_destination_sync_modes: ['append', 'overwrite', 'append_dedup'],
        },
      });
      return 0;
    case 'check':
      out.say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
      return 0;
    case 'write':
      return write(options, out);
    default:
      return 1;
  }
}

interface Message {
  type?: string;
  record?: { stream: string; data: unknown };
  state?: { type?: string; stream?: { stream_descriptor: unknown } };
}

async function write(options: HostileDestinationOptions, out: Output): Promise<number> {
  const { file, dies, closesStdinAt, closesStdoutAt, pauseMs = 0, exit = 0 } = options;
  const has = (sin: DestinationSin): boolean => options.sins?.includes(sin) ?? false;
  if (has('ignores-sigterm')) process.on('SIGTERM', () => undefined);
  if (has('stderr-storm')) storm();
  const kept: string[] = [];
  const late: string[] = [];
  let records = 0;
  let counted = 0;

  function echo(line: string, message: Message): void {
    const recordCount = Math.max(0, counted - (has('counts-too-few') ? 1 : 0));
    counted = 0;
    const { type, stream } = message.state ?? {};
    const text = has('echoes-altered') ? JSON.stringify({ type: 'STATE', state: { type, stream } }) : line;
    // Spliced into the text, so that everything else stays unchanged.
    const said = text.replace(/\}\s*\}\s*$/, `,"destinationStats":{"recordCount":${recordCount}}}}`);
    if (has('never-echoes')) return;
    if (has('echoes-late')) late.push(said);
    else if (has('echoes-out-of-order')) {
      late.push(said);
      if (late.length === 2) for (const one of late.splice(0).reverse()) out.line(one);
    } else {
      out.line(said);
      if (has('echoes-twice')) out.line(said);
    }
  }

  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const message = parsed(line);
    if (message?.type === 'RECORD') {
      kept.push(line);
      counted++;
      records++;
      if (records === dies?.records) die(dies);
      if (records === closesStdoutAt) closeSync(1);
      if (records === closesStdinAt) {
        process.stdin.destroy();
        await sleep(1000);
        return exit;
      }
    } else if (message?.type === 'STATE') {
      if (file !== undefined && kept.length > 0) appendFileSync(file, `${kept.splice(0).join('\n')}\n`);
      echo(line, message);
      if (has('garbage')) for (const text of ['stored', '', '{"type":', '{"level":30}']) out.line(text);
    }
    if (pauseMs > 0) await sleep(pauseMs);
  }
  if (file !== undefined && kept.length > 0) appendFileSync(file, `${kept.join('\n')}\n`);
  for (const one of late) out.line(one);
  if (has('exit-0-after-failure')) {
    const error = { message: 'nothing could be stored', failure_type: 'system_error' };
    out.say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error } });
    return 0;
  }
  if (has('no-newline-at-end')) out.text('{"type":"LOG","log":{"level":"INFO","message":"bye"}}');
  return exit;
}

function parsed(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    // Not a message: a destination ignores it.
    return undefined;
  }
}
