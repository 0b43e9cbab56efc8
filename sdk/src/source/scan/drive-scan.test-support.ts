import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HeadraceError } from '../../errors.ts';
import { MessageWriter } from '../../protocol/message-writer.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { PageSlots } from '../page-slots.ts';
import { StreamOutput } from '../stream-output.ts';
import { StreamSession } from '../stream-session.ts';
import type { ScannedStream } from './define.ts';
import { readScan } from './read-scan.ts';
import { expected, streamsOf, type World } from './world.test-support.ts';

export type Partitions = Record<string, JsonObject>;
export interface Line {
  stream: string;
  record?: string;
  state?: Partitions;
}

/**
 * Reads once; every message of a stream in order.
 * @param failures takes what each stream failed with
 */
export async function readOnce(
  world: World,
  names: readonly string[],
  saved: ReadonlyMap<string, Partitions>,
  isReconciled: boolean,
  mayFail = false,
  failures = new Map<string, readonly HeadraceError[]>(),
  warn: (message: string) => void = () => {},
): Promise<Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'scan-'));
  const file = join(folder, 'lines');
  const fd = openSync(file, 'w');
  const writer = new MessageWriter(fd);
  const signal = new AbortController().signal;
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const now = () => world.now;
  const sessions = streamsOf(isReconciled, world.fetches)
    .filter(({ name }) => names.includes(name))
    .map((definition) => {
      const stream = definition.open(world) as ScannedStream;
      const state = { version: 1, origin: 'o', partitions: saved.get(definition.name) ?? {} };
      const run = {
        name: definition.name,
        stream,
        state,
        full: false,
        missingPermission: async () => undefined,
      };
      const output = new StreamOutput(definition.name, stream, writer, now);
      return new StreamSession(run, { output, pacing: { atLeast: 0, atMost: 0 }, now, signal, log });
    });
  const scan = (sessions[0]!.run.stream as ScannedStream).scan.open(world);
  await readScan(sessions, scan, {
    slots: new PageSlots(8, signal),
    ready: () => writer.ready(),
    cursorEnv: { begin: async () => world.now, warn },
    signal,
    now,
  });
  for (const session of sessions) {
    const { name, errors } = session.end();
    failures.set(name, errors);
    if (!mayFail) expect(errors).toEqual([]);
  }
  await writer.flush();
  closeSync(fd);
  const lines: Line[] = [];
  const texts = readFileSync(file, 'utf8').trimEnd().split('\n');
  rmSync(folder, { recursive: true });
  for (const text of texts) {
    const { record, state } = JSON.parse(text) as {
      record?: { stream: string; data: object };
      state?: {
        stream: {
          stream_descriptor: { name: string };
          stream_state: { partitions: Partitions };
        };
      };
    };
    if (record) lines.push({ stream: record.stream, record: JSON.stringify(record.data) });
    if (state) {
      const { stream_descriptor, stream_state } = state.stream;
      lines.push({ stream: stream_descriptor.name, state: stream_state.partitions });
    }
  }
  return lines;
}

/** What a destination keeps of an output that was cut off: per stream what stands before its last STATE. */
export function keep(
  lines: readonly Line[],
  landed: Map<string, string[]>,
  saved: Map<string, Partitions>,
): void {
  for (const stream of new Set(lines.map((line) => line.stream))) {
    const own = lines.filter((line) => line.stream === stream);
    const last = own.findLastIndex(({ state }) => state !== undefined);
    if (last < 0) continue;
    saved.set(stream, JSON.parse(JSON.stringify(own[last]!.state)) as Partitions);
    const rows = own.slice(0, last).flatMap(({ record }) => (record === undefined ? [] : [record]));
    landed.set(stream, [...(landed.get(stream) ?? []), ...rows]);
  }
}

/** What landed of one sync after the other, and the states. */
export class Kept {
  readonly landed = new Map<string, string[]>();
  readonly warnings: string[] = [];
  /** What the streams of the last sync failed with. */
  readonly failures = new Map<string, readonly HeadraceError[]>();
  readonly #saved = new Map<string, Partitions>();
  readonly #world: World;
  readonly #isReconciled: boolean;

  constructor(world: World, isReconciled = true) {
    this.#world = world;
    this.#isReconciled = isReconciled;
  }

  /** @param until the last line that arrives: it is killed then */
  async read(
    names: readonly string[],
    { until, mayFail }: { until?: (line: Line) => boolean; mayFail?: boolean } = {},
  ): Promise<void> {
    this.failures.clear();
    const warn = (message: string): void => void this.warnings.push(message);
    const { failures } = this;
    const lines = await readOnce(
      this.#world,
      names,
      this.#saved,
      this.#isReconciled,
      mayFail,
      failures,
      warn,
    );
    const last = until ? lines.findIndex(until) : -1;
    keep(last === -1 ? lines : lines.slice(0, last + 1), this.landed, this.#saved);
  }

  owed(stream: string): unknown {
    return this.#saved.get(stream)?.p?.owed;
  }

  owe(stream: string, ids: readonly string[]): void {
    const { p } = this.#saved.get(stream)!;
    this.#saved.set(stream, { p: { ...p, owed: ids } });
  }

  missing(stream: string): string[] {
    const have = new Set(this.landed.get(stream));
    return expected(this.#world)
      .get(stream)!
      .filter((row) => !have.has(row));
  }
}
