import type { StreamDescriptor } from '../../protocol/messages.ts';
import type { RunStart } from '../writer.ts';

/** Whose states these are: a source, and the scope that they are kept under (`main`; a backfill has its own). */
export interface Owner {
  readonly source: string;
  readonly scope: string;
}

/** A stream as a store names it: the namespace is '' for none, and for one that is the source's name. */
export interface StreamKey {
  readonly source: string;
  readonly namespace: string;
  readonly stream: string;
}

/** A namespace that is the source's name is left out: otherwise it would stand in paths and names twice. */
export function keyOf(source: string, { name, namespace }: StreamDescriptor): StreamKey {
  return { source, namespace: namespace && namespace !== source ? namespace : '', stream: name };
}

/** Whether two keys name the same stream, as they came or as a database gives them back. */
export function sameStream(a: StreamKey, b: StreamKey): boolean {
  return sameName(a.stream, b.stream) && sameName(a.namespace, b.namespace) && sameName(a.source, b.source);
}

/** Whether two names are the same, as they came or as a database gives them back. */
export function sameName(a: string, b: string): boolean {
  return a === b || storable(a) === storable(b);
}

/**
 * A text that every database keeps: half a character (a lone surrogate) is written out. Databases refuse it or put
 * U+FFFD in its place, and make one name of two.
 */
export function storable(text: string): string {
  if (text.isWellFormed()) return text;
  return text.replace(/\p{Surrogate}/gu, (half) => `\ufffd${half.charCodeAt(0).toString(16)}`);
}

/** A stream as people write it: its name, behind its namespace where it has one. */
export function streamLabel(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}

/**
 * Under which name a run is filed, decided once: the flag, the option, what the source calls itself, the one
 * namespace that all streams share, else `default`.
 */
export function sourceName(
  flag: string | undefined,
  option: string | undefined,
  run: Pick<RunStart, 'sourceName' | 'streams'>,
): string {
  return flag ?? option ?? run.sourceName ?? sharedNamespace(run.streams) ?? 'default';
}

function sharedNamespace(streams: RunStart['streams']): string | undefined {
  const [first, ...others] = streams.map(({ namespace }) => namespace || undefined);
  return first !== undefined && others.every((namespace) => namespace === first) ? first : undefined;
}

/** An id for a run that nobody named: it sorts by time, and two runs of one moment differ. */
export function makeRunId(now: number, random: () => number): string {
  const [date, time] = new Date(now).toISOString().slice(0, 23).split('T') as [string, string];
  const chance = Math.floor(random() * 0x1_0000_0000);
  return `${date.replaceAll('-', '')}-${time.replace(/[:.]/g, '')}-${chance.toString(16).padStart(8, '0')}`;
}
