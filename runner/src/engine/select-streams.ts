import {
  type CatalogStream,
  type DestinationSyncMode,
  type SyncMode,
  streamKey,
} from '@headrace/sdk/protocol';
import { ConfigError, ConfigErrors, didYouMean } from '@headrace/sdk/spec';
import type { StreamChoice } from './job.ts';

/** A stream with its sync modes. The numbers of a run are added later. */
export interface SelectedStream {
  readonly stream: CatalogStream;
  readonly sync_mode: SyncMode;
  readonly destination_sync_mode: DestinationSyncMode;
  readonly cursor_field?: string[];
  readonly primary_key?: string[][];
}

/** For callers that only read: whatever mode the job asks of its destination. */
export const ANY_MODE: readonly DestinationSyncMode[] = [
  'append',
  'overwrite',
  'append_dedup',
  'update',
  'soft_delete',
];

/**
 * The streams that a job reads, in the order of the catalog: those that it names (in every namespace that has the name),
 * or all if it names none. The default is incremental if the stream supports it. Full-refresh streams overwrite if the
 * destination can; all others append.
 * @param supported the destination's modes; if it names none, it is only asked to append
 * @throws ConfigErrors for every choice that is not possible, with its place in `source.streams`
 */
export function selectStreams(
  found: readonly CatalogStream[],
  choices: readonly StreamChoice[] | undefined,
  supported: readonly DestinationSyncMode[] = ['append'],
): SelectedStream[] {
  const errors: ConfigError[] = [];
  const selected = new Map<string, SelectedStream>();
  const unknown: Unknown[] = [];
  const byName = Map.groupBy(found, ({ name }) => name);
  for (const [k, choice] of (choices ?? found.map(choiceOf)).entries()) {
    const place = choices ? `source.streams[${k}]` : 'source.streams';
    const named = byName.get(choice.name) ?? [];
    // A name alone means the stream in every namespace that has it.
    const meant = named.filter(
      ({ namespace }) => choice.namespace === undefined || (namespace ?? '') === choice.namespace,
    );
    for (const stream of meant) {
      const key = streamKey(stream);
      // A choice with a namespace goes before a name alone, in any order.
      if (choice.namespace !== undefined || !selected.has(key))
        selected.set(key, configure(stream, choice, supported, place, errors));
    }
    if (named.length === 0) unknown.push({ name: choice.name, place });
    else if (meant.length === 0) errors.push(unknownNamespace(choice, named, place));
  }
  errors.push(...unknownStreams(unknown, [...byName.keys()]));
  if (errors.length === 0 && selected.size === 0) {
    errors.push(new ConfigError('the source shows no streams', { code: 'streams.none', place: 'source' }));
  }
  if (errors.length > 0) throw new ConfigErrors(errors);
  return found.flatMap((stream) => selected.get(streamKey(stream)) ?? []);
}

/**
 * A job's streams, narrowed to those of `--streams`.
 * @throws ConfigErrors naming those that the job does not have
 */
export function narrowStreams(
  choices: readonly StreamChoice[] | undefined,
  names: readonly string[],
): StreamChoice[] {
  if (!choices) return names.map((name) => ({ name }));
  const chosen = new Set(choices.map(({ name }) => name));
  const wanted = new Set(names);
  const unknown = names.filter((name) => !chosen.has(name)).map((name) => ({ name, place: '--streams' }));
  const errors = unknownStreams(unknown, [...chosen]);
  if (errors.length > 0) throw new ConfigErrors(errors);
  return choices.filter((choice) => wanted.has(choice.name));
}

function choiceOf({ name, namespace }: CatalogStream): StreamChoice {
  return { name, namespace: namespace ?? '' };
}

function configure(
  stream: CatalogStream,
  choice: StreamChoice,
  supported: readonly DestinationSyncMode[],
  place: string,
  errors: ConfigError[],
): SelectedStream {
  // An empty list counts as none.
  const modes = stream.supported_sync_modes?.length ? stream.supported_sync_modes : ['full_refresh'];
  const sync_mode = choice.sync_mode ?? (modes.includes('incremental') ? 'incremental' : 'full_refresh');
  if (!modes.includes(sync_mode)) {
    errors.push(
      new ConfigError(`${stream.name} cannot be read ${sync_mode}`, {
        code: 'streams.mode',
        place: `${place}.sync_mode`,
        hint: `it supports ${modes.join(', ')}`,
      }),
    );
  }
  const wanted = sync_mode === 'full_refresh' && supported.includes('overwrite') ? 'overwrite' : 'append';
  const destination_sync_mode = choice.destination_sync_mode ?? wanted;
  if (choice.destination_sync_mode && !supported.includes(destination_sync_mode)) {
    errors.push(
      new ConfigError(`the destination cannot ${destination_sync_mode}`, {
        code: 'streams.mode',
        place: `${place}.destination_sync_mode`,
        hint: `it supports ${supported.join(', ')}`,
      }),
    );
  }
  const cursor_field = choice.cursor_field ?? stream.default_cursor_field;
  const primary_key = choice.primary_key ?? stream.source_defined_primary_key;
  return {
    stream,
    sync_mode,
    destination_sync_mode,
    ...(cursor_field ? { cursor_field } : {}),
    ...(primary_key ? { primary_key } : {}),
  };
}

function unknownNamespace(
  { name, namespace }: StreamChoice,
  named: readonly CatalogStream[],
  place: string,
): ConfigError {
  const there = named.map((one) => one.namespace ?? '').map((one) => (one === '' ? 'none' : one));
  return new ConfigError(`there is no stream ${name} in the namespace ${namespace}`, {
    code: 'streams.unknown',
    place: `${place}.namespace`,
    hint: `it is in: ${there.join(', ')}; without a namespace all of them are read`,
  });
}

interface Unknown {
  readonly name: string;
  readonly place: string;
}

/** At most this many mistakes are shown one by one, and this many names are listed. */
const MOST_TOLD = 20;

function unknownStreams(unknown: readonly Unknown[], names: readonly string[]): ConfigError[] {
  const errors = unknown.slice(0, MOST_TOLD).map(({ name, place }) => {
    const near = didYouMean(name, names);
    const hint = near ? `did you mean ${near}?` : `there are: ${listOf(names)}`;
    return new ConfigError(`there is no stream ${name}`, { code: 'streams.unknown', place, hint });
  });
  const more = unknown[MOST_TOLD];
  if (more)
    errors.push(
      new ConfigError(`${unknown.length - MOST_TOLD} more streams are not there`, {
        code: 'streams.unknown',
        place: more.place,
      }),
    );
  return errors;
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_TOLD).join(', ');
  return names.length > MOST_TOLD ? `${shown} and ${names.length - MOST_TOLD} more` : shown;
}
