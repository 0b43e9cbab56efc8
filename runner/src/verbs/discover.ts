import { type CatalogStream, isObject, streamKey } from '@headrace/sdk/protocol';
import { ConfigErrors } from '@headrace/sdk/spec';
import { askEnd } from '../engine/ask-end.ts';
import { ANY_MODE, narrowStreams, selectStreams } from '../engine/select-streams.ts';
import { paint } from '../terminal/line.ts';
import { table } from '../terminal/table.ts';
import { streamName } from '../terminal/text.ts';
import type { Answer, Context } from './context.ts';
import { type AskedJob, eachJob, type Found } from './each-job.ts';

/** `discover [job…]`: the streams that each source has; with `--streams` their fields. Exit code 0 or 2. */
export function discover(
  names: readonly string[],
  { streams }: { readonly streams?: readonly string[] },
  context: Context,
): Promise<Answer> {
  return eachJob(names, context, (one) => discoverJob(one, streams, context));
}

async function discoverJob(
  { file, job, ports, interrupt }: AskedJob,
  wanted: readonly string[] | undefined,
  { output }: Context,
): Promise<Found> {
  const found = await askEnd('source', job, ports, interrupt, ({ connector, config }, call) =>
    connector.discover(config, call),
  );
  const title = `${file.tenant} › ${job.name}: ${job.source.connector}`;
  if (wanted) {
    const named = new Set(narrowStreams(undefined, wanted).map(({ name }) => name));
    // Says which names are not there.
    selectStreams(
      found,
      [...named].map((name) => ({ name })),
      ANY_MODE,
    );
    const shown = found.filter(({ name }) => named.has(name));
    for (const stream of shown) {
      output.say(paint('bold', `${title} › ${streamName(stream)}`));
      for (const line of fieldTable(stream, output.columns)) output.say(line);
    }
    return { data: { streams: shown } };
  }
  const selected = selectedKeys(found, job.source.streams);
  output.say(paint('bold', `${title}, ${found.length} ${found.length === 1 ? 'stream' : 'streams'}`));
  for (const line of streamTable(found, selected, output.columns)) output.say(line);
  const streams = found.map((stream) => ({ ...stream, selected: selected.has(streamKey(stream)) }));
  return { data: { streams } };
}

/** The streams that the job reads. What is wrong with its choice, `validate` and `check` say. */
function selectedKeys(
  found: readonly CatalogStream[],
  choices: Parameters<typeof selectStreams>[1],
): Set<string> {
  try {
    return new Set(selectStreams(found, choices, ANY_MODE).map(({ stream }) => streamKey(stream)));
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    const names = new Set(choices?.map(({ name }) => name));
    return new Set(found.filter(({ name }) => names.has(name)).map(streamKey));
  }
}

function streamTable(found: readonly CatalogStream[], selected: ReadonlySet<string>, width: number) {
  const columns = [
    { name: '' },
    { name: 'stream', cut: true },
    { name: 'read' },
    { name: 'key', cut: true },
    { name: 'cursor', cut: true },
    { name: 'fields', align: 'right' as const },
  ];
  const rows = found.map((stream) => [
    selected.has(streamKey(stream)) ? '✓' : '',
    streamName(stream),
    stream.supported_sync_modes?.includes('incremental') ? 'incremental' : 'full refresh',
    stream.source_defined_primary_key?.map((path) => path.join('.')).join(', ') ?? '–',
    stream.default_cursor_field?.join('.') || '–',
    String(Object.keys(propertiesOf(stream)).length || '–'),
  ]);
  return table(columns, rows, width);
}

function fieldTable(stream: CatalogStream, width: number): string[] {
  const columns = [
    { name: 'field', cut: true },
    { name: 'type', cut: true },
    { name: 'description', cut: true },
  ];
  const rows = Object.entries(propertiesOf(stream)).map(([name, schema]) => {
    const { type, description } = isObject(schema) ? schema : {};
    const kind = Array.isArray(type) ? type.filter((one) => one !== 'null').join(' | ') : type;
    return [name, typeof kind === 'string' ? kind : '–', typeof description === 'string' ? description : ''];
  });
  return rows.length === 0 ? ['its schema names no fields'] : table(columns, rows, width);
}

function propertiesOf({ json_schema }: CatalogStream): Record<string, unknown> {
  return isObject(json_schema) && isObject(json_schema.properties) ? json_schema.properties : {};
}
