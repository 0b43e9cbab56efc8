import { isObject, streamKey } from '@headrace/sdk/protocol';
import { ConfigError, DataError } from '@headrace/sdk/spec';
import { askEnd } from './ask-end.ts';
import { factsOf } from './connector-facts.ts';
import type { Job } from './job.ts';
import { cursorRows, statesOf } from './job-states.ts';
import { parseAsWritten } from './numbers.ts';
import type { Interrupt, JobKey, Ports, RunEntry } from './ports.ts';

/** A row as it stands in `--json`, by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** What a destination shows of what is stored. */
export type LookName = 'stats' | 'manifest' | 'cursors';

/** Rows, and who knows them. */
export interface Rows {
  readonly from: 'destination' | 'runner';
  readonly rows: readonly Row[];
}

/**
 * What is known of the stored records of a job. A destination that has the verb is asked (`x-headrace.verbs`). Of any
 * other one, the runner's history says what was delivered and its states how far; which files or tables it wrote, only
 * the destination knows.
 * @throws ConfigError (`destination.no_verb`) for the manifest of a destination that has none
 */
export async function rowsOf(name: LookName, job: Job, ports: Ports, interrupt: Interrupt): Promise<Rows> {
  const asked = await askEnd(
    'destination',
    job,
    ports,
    interrupt,
    async ({ connector, config, spec }, call) => {
      if (!factsOf(spec)?.verbs?.includes(name)) return undefined;
      const text = await connector.verb(config, { name, args: ['--json'] }, call);
      return listIn(text, `${connector.name} ${name}`);
    },
  );
  if (asked) return { from: 'destination', rows: asked };
  if (name === 'stats') return { from: 'runner', rows: await deliveredRows(job, ports) };
  if (name === 'cursors')
    return {
      from: 'runner',
      rows: cursorRows((await statesOf(job, ports, interrupt)).states).map((row) => ({ ...row })),
    };
  throw new ConfigError(`${job.destination.connector} has no list of what it wrote`, {
    code: 'destination.no_verb',
    place: 'destination.connector',
    hint: `headrace stats ${job.name} shows what was delivered to it`,
  });
}

/** What was delivered to a destination in all runs that history has, by stream. */
async function deliveredRows(job: JobKey, { history }: Pick<Ports, 'history'>): Promise<Row[]> {
  const streams = new Map<string, Delivered>();
  for await (const run of history.runs(job.tenant, { job: job.name })) {
    for (const stream of run.streams) {
      const { name, namespace } = stream;
      const key = streamKey(stream);
      const sum = streams.get(key) ?? {
        name,
        namespace,
        runs: 0,
        records: 0,
        bytes: 0,
        committed: 0,
        rejected: 0,
        last: undefined,
      };
      sum.runs++;
      sum.records += stream.records;
      sum.bytes += stream.bytes;
      sum.committed += stream.committed;
      sum.rejected += stream.rejected;
      // The newest run comes first.
      if (stream.complete) sum.last ??= endOf(run);
      streams.set(key, sum);
    }
  }
  return [...streams.values()].map(({ name, namespace, last, ...counts }) => ({
    stream: namespace ? `${namespace}.${name}` : name,
    ...counts,
    last_complete_at: last === undefined ? null : new Date(last).toISOString(),
  }));
}

interface Delivered {
  readonly name: string;
  readonly namespace: string | undefined;
  runs: number;
  records: number;
  bytes: number;
  committed: number;
  rejected: number;
  last: number | undefined;
}

function endOf({ started, ended }: RunEntry): number {
  return ended ?? started;
}

function listIn(text: string, who: string): Row[] {
  let value: unknown;
  try {
    // Nothing is stored yet: there is only a sentence about it on stderr.
    value = text === '' ? [] : parseAsWritten(text);
  } catch (error) {
    throw new DataError(`what ${who} printed is not JSON`, { code: 'connector.bad_answer', cause: error });
  }
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw new DataError(`what ${who} printed is no list of rows`, { code: 'connector.bad_answer' });
}
