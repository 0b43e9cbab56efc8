import { readFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorsPath, manifestPath } from '../src/tables/tables.ts';
import { Bench, record, state, status } from './process.ts';
import { askPython, python } from './python.ts';

const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;
/** Records of each source: so many that a file has several gzip members, or flushes of its frame. */
const RECORDS = 600;

let bench: Bench;
beforeAll(async () => {
  python();
  bench = new Bench();
  for (const compression of COMPRESSIONS) {
    const lines = [status('items', 'STARTED')];
    for (let k = 0; k < RECORDS; k++) {
      lines.push(
        record('items', { id: k, text: `é🚀 "${k}"`, big: '9007199254740993', nested: { at: [k] } }),
      );
      if (k % 100 === 99) lines.push(state('items', k + 1, 100));
    }
    lines.push(status('items', 'COMPLETE'));
    const settings = { source: compression, compression, commit_mb: 0, run_id: `r-${compression}` };
    const { code, stderr } = await bench.run(['write'], lines.join(''), settings);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
}, 300_000);
afterAll(() => bench.remove());

/** Adds up what a table of records has to have, so that no record is missing, doubled or altered. */
const SUMS = `count(*), count(distinct id), sum(id), sum(nested.at[1]), min(text), max(big)`;
const EXPECTED = [RECORDS, RECORDS, (RECORDS * (RECORDS - 1)) / 2, (RECORDS * (RECORDS - 1)) / 2];
const TEXTS = ['é🚀 "0"', '9007199254740993'];

describe('DuckDB', () => {
  const ask = (sql: string): unknown =>
    askPython(
      `
import duckdb, json, os, sys
os.chdir(sys.argv[1])
print(json.dumps(duckdb.sql(sys.argv[2]).fetchall(), default=int))`,
      bench.path,
      sql,
    );

  it.each(COMPRESSIONS)('reads the JSONL: %s', (compression) => {
    const pattern = `${compression}/items/*/*/*/*.jsonl*`;
    const [row] = ask(
      `select ${SUMS} from read_json('${pattern}', format = 'newline_delimited')`,
    ) as unknown[][];
    expect(row).toEqual([...EXPECTED, ...TEXTS]);
  });

  it('reads the tables, and the files that the manifest names', () => {
    expect(ask(`select column_name, column_type from (describe from 'manifest.parquet')`)).toEqual([
      ...['run_id', 'source', 'stream', 'path'].map((name) => [name, 'VARCHAR']),
      ...['records', 'bytes', 'compressed_bytes'].map((name) => [name, 'BIGINT']),
      ['sha256', 'VARCHAR'],
      ...['first_emitted_at', 'last_emitted_at', 'ingested_at'].map((name) => [
        name,
        'TIMESTAMP WITH TIME ZONE',
      ]),
      ['status', 'VARCHAR'],
      ['copy', 'VARCHAR'],
    ]);
    expect(
      ask(
        `select source, sum(records), min(epoch_ms(first_emitted_at)) from 'manifest.parquet' group by 1 order by 1`,
      ),
    ).toEqual([...COMPRESSIONS].sort().map((name) => [name, RECORDS, 1763680000000]));
    // As the README has it.
    const [row] = ask(
      `set variable files = (select list(path) from 'manifest.parquet' where stream = 'items' and status = 'complete');
       select count(*), count(distinct __source) from read_json(getvariable('files'), format = 'newline_delimited')`,
    ) as unknown[];
    expect(row).toEqual([3 * RECORDS, 3]);
    expect(
      ask(`select source, stream, json_extract_string(state, '$.at') from 'cursors.parquet' order by 1`),
    ).toEqual([...COMPRESSIONS].sort().map((name) => [name, 'items', String(RECORDS)]));
  });
});

it('pyarrow reads the tables with their types', () => {
  const script = `
import json, sys
import pyarrow.parquet as parquet
out = {}
for file in sys.argv[1:]:
    table = parquet.read_table(file)
    out[file] = {"types": {field.name: str(field.type) for field in table.schema}, "rows": table.num_rows,
      "years": sorted({value.year for column in table.columns if str(column.type).startswith("timestamp") for value in column.to_pylist()})}
print(json.dumps(out))`;
  const [manifest, cursors] = [manifestPath(bench.path), cursorsPath(bench.path)];
  const said = askPython(script, manifest, cursors) as Record<
    string,
    { types: object; rows: number; years: number[] }
  >;
  const instant = 'timestamp[ms, tz=UTC]';
  expect(said[manifest]).toMatchObject({
    types: {
      run_id: 'string',
      source: 'string',
      stream: 'string',
      path: 'string',
      records: 'int64',
      bytes: 'int64',
      compressed_bytes: 'int64',
      sha256: 'string',
      first_emitted_at: instant,
      last_emitted_at: instant,
      ingested_at: instant,
      status: 'string',
      copy: 'string',
    },
    rows: 3,
    years: [2025, new Date().getUTCFullYear()],
  });
  expect(said[cursors]).toMatchObject({ types: { state: 'string', updated_at: instant }, rows: 3 });
});

it('hyparquet reads the tables', async () => {
  const bytes = new Uint8Array(readFileSync(manifestPath(bench.path))).buffer;
  const optional = parquetSchema(parquetMetadata(bytes))
    .children.filter(({ element }) => element.repetition_type === 'OPTIONAL')
    .map(({ element }) => element.name);
  expect(optional).toEqual(['sha256', 'first_emitted_at', 'last_emitted_at', 'ingested_at', 'copy']);
  const rows = await parquetReadObjects({ file: bytes });
  expect(rows).toHaveLength(COMPRESSIONS.length);
  for (const row of rows)
    expect(row).toMatchObject({
      records: BigInt(RECORDS),
      first_emitted_at: new Date(1763680000000),
      copy: null,
    });
});
