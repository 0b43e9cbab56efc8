import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import { MessageWriter } from '../protocol/message-writer.ts';
import type { AirbyteMessage, JsonObject } from '../protocol/messages.ts';
import { Page } from '../protocol/page.ts';
import { systemClock } from '../runtime/clock.ts';
import {
  defineStream,
  type IncrementalPart,
  type Partition,
  type Stream,
  type StreamBase,
  type StreamDefinition,
} from './define.ts';
import { defineSource } from './define-source.ts';
import { defaultPacing, type Pacing } from './pacing.ts';
import { read } from './read.ts';
import type { StreamOutcome } from './stream-session.ts';

/** A page of `{ id }`. */
export const rows = (...ids: number[]): Page =>
  Page.of(
    ids.map((id) => ({ id })),
    { id: 'id' },
  ) as unknown as Page;

type Plain = StreamBase<object, Partition>;
type Cursored = Partial<
  Pick<IncrementalPart<object, Partition, undefined, never>, 'cursor' | 'cursorField' | 'incremental'>
>;

/** A stream of `{ id }`. */
export const stream = (name: string, more: Pick<Plain, 'read'> & Partial<Plain> & Cursored) =>
  defineStream<object>()({
    name,
    description: name,
    schema: { properties: { id: { type: 'integer' } } },
    primaryKey: ['id'],
    ...more,
  } as StreamDefinition<object, Partition>);

export interface RunOptions {
  readonly limit?: number;
  readonly states?: ReadonlyMap<string, JsonObject>;
  /** → all */
  readonly names?: readonly string[];
  /** These are read whole. */
  readonly full?: readonly string[];
  readonly pacing?: Pacing;
  readonly signal?: AbortSignal;
}

export interface TestRun {
  readonly outcomes: readonly StreamOutcome[];
  readonly text: string;
  readonly messages: readonly AirbyteMessage[];
  readonly warnings: readonly string[];
  /** The last STATE of each stream. */
  readonly states: ReadonlyMap<string, JsonObject>;
}

/** Reads streams as the command line does, over a real file descriptor, two requests at a time. */
export async function run(
  streams: readonly Stream<object>[],
  { limit, states = new Map(), names, full = [], pacing = defaultPacing, signal }: RunOptions = {},
): Promise<TestRun> {
  const source = defineSource({
    name: 'test-source',
    vendor: 'test',
    config: z.object({}),
    origin: () => 'test.example',
    open: () => ({}),
    check: async () => {},
    streams,
    concurrency: () => 2,
  });
  const folder = mkdtempSync(join(tmpdir(), 'read-'));
  const fd = openSync(join(folder, 'out'), 'w');
  const warnings: string[] = [];
  try {
    const writer = new MessageWriter(fd);
    const catalog: ConfiguredCatalog = {
      streams: streams
        .filter(({ name }) => !names || names.includes(name))
        .map(({ name, schema }) => ({
          name,
          jsonSchema: schema,
          syncMode: full.includes(name) ? 'full_refresh' : 'incremental',
          destinationSyncMode: 'append',
        })),
    };
    const outcomes = await read(
      { source, config: {}, states, streams: names, limit, ...(full.length > 0 ? { catalog } : {}) },
      {
        clock: systemClock,
        random: Math.random,
        log: { debug() {}, info() {}, warn: (text) => void warnings.push(text), error() {} },
        signal: signal ?? new AbortController().signal,
        onSecrets() {},
        updateConfig: async () => {},
        writer,
        pacing,
      },
    );
    await writer.flush();
    const text = readFileSync(join(folder, 'out'), 'utf8');
    const messages = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AirbyteMessage);
    return { outcomes, text, messages, warnings, states: statesIn(messages) };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** The last STATE of each stream among messages. */
export function statesIn(messages: readonly AirbyteMessage[]): ReadonlyMap<string, JsonObject> {
  return new Map(
    messages.flatMap((message) => {
      if (message.type !== 'STATE' || message.state.type !== 'STREAM') return [];
      const { stream_descriptor, stream_state } = message.state.stream!;
      return [[stream_descriptor.name, stream_state as JsonObject]];
    }),
  );
}

/** `a:STARTED a:1 b:STARTED …`: statuses and records in their order. */
export const told = (messages: readonly AirbyteMessage[]): string[] =>
  messages.flatMap((message) => {
    if (message.type === 'RECORD') return [`${message.record.stream}:${String(message.record.data.id)}`];
    if (message.type !== 'TRACE' || message.trace.type !== 'STREAM_STATUS') return [];
    const { stream_descriptor: of, status } = message.trace.stream_status;
    return [`${of.name}:${status}`];
  });

/** Messages of the errors that were told. */
export const errorsIn = (messages: readonly AirbyteMessage[]): string[] =>
  messages.flatMap((message) =>
    message.type === 'TRACE' && message.trace.type === 'ERROR' ? [message.trace.error.message] : [],
  );
