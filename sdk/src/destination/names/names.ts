import type { StreamDescriptor } from '../../protocol/messages.ts';
import type { RunStart } from '../writer.ts';

/** The owner of states: a source and a scope (`main`, or one of its own for a backfill). */
export interface Owner {
  readonly source: string;
  readonly scope: string;
}

/** A stream as a store names it. The namespace is '' if there is none, or if it is the source's name. */
export interface StreamKey {
  readonly source: string;
  readonly namespace: string;
  readonly stream: string;
}

/** Leaves out a namespace that is the source's name. Otherwise paths and names would contain it twice. */
export function keyOf(source: string, { name, namespace }: StreamDescriptor): StreamKey {
  return { source, namespace: namespace && namespace !== source ? namespace : '', stream: name };
}

/** Whether two keys name the same stream. Each may be as it came, or as read back from a database. */
export function sameStream(a: StreamKey, b: StreamKey): boolean {
  return sameName(a.stream, b.stream) && sameName(a.namespace, b.namespace) && sameName(a.source, b.source);
}

/** Whether two names are the same. Each may be as it came, or as read back from a database. */
export function sameName(a: string, b: string): boolean {
  return a === b || storable(a) === storable(b);
}

/**
 * A text that every database can store: lone surrogates are escaped. Databases refuse them or replace them with U+FFFD,
 * which would make two names equal.
 */
export function storable(text: string): string {
  if (text.isWellFormed()) return text;
  return text.replace(/\p{Surrogate}/gu, (half) => `\ufffd${half.charCodeAt(0).toString(16)}`);
}

/** A stream's name for people, with its namespace before it if it has one. */
export function streamLabel(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}

/**
 * The source's name for a run, decided once: from the flag, the option, what the source calls itself, or the namespace
 * that all streams share. Otherwise `default`.
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

/** An id for a run without one. It sorts by time, and two runs of the same moment differ. */
export function makeRunId(now: number, random: () => number): string {
  const [date, time] = new Date(now).toISOString().slice(0, 23).split('T') as [string, string];
  const chance = Math.floor(random() * 0x1_0000_0000);
  return `${date.replaceAll('-', '')}-${time.replace(/[:.]/g, '')}-${chance.toString(16).padStart(8, '0')}`;
}
