import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askPython, python } from './python.ts';
import { writeStreams } from './run.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
/** A block of the section about reading, over another stream than the one that it names. */
const block = (language: string, stream: string): string => {
  const section = README.slice(README.indexOf('## Reading it'));
  const code = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section)?.[1];
  return code!.replaceAll("'jira'", "'s'").replaceAll("'issues'", `'${stream}'`);
};

const TOTAL = 60_000;
const root = mkdtempSync(join(tmpdir(), 'headrace-recipe-'));
beforeAll(async () => {
  python();
  const lines = Array.from({ length: TOTAL }, (_, k) => {
    const late = k >= TOTAL / 2;
    const n = k === 50_000 ? 'true' : k === 50_001 ? '1.5' : k === 50_002 ? '"text"' : k % 7;
    const count = late ? `,"count":90071992547409${(k % 90) | 10}` : '';
    return `{"id":${k},"n":${n},"o":{"a":1${late ? ',"deep":2' : ''}}${late ? `,"late":"x${k}"` : ''}${count}}`;
  });
  const given = { compression_level: 1, max_file_mb: 0.05 };
  await writeStreams(root, { t: lines, empty: [] }, { ...given, run_id: 'first' });
  // More files than a reader samples by itself; what only the last one has is a whole column.
  await writeStreams(root, { t: ['{"id":60000,"last":[{"k":1}]}'] }, { ...given, run_id: 'second' });
}, 300_000);
afterAll(() => rmSync(root, { recursive: true }));

const SAMPLE = [0, 50_000, 50_001, 50_002, 60_000];

it('every record and value is there in DuckDB, pyarrow, polars and pandas, as the README has it', () => {
  const said = askPython(
    `
import json, os, sys
os.chdir(sys.argv[1])
${block('python', 't')}
import pyarrow, pyarrow.compute as compute
ids = ${JSON.stringify(SAMPLE)}
result = duckdb.sql(sys.argv[2])
arrow = table.filter(compute.is_in(table["id"], pyarrow.array(ids))).sort_by("id")
kept_in_polars = in_polars.filter(polars.col("id").is_in(ids)).sort("id")
kept_in_pandas = in_pandas[in_pandas["id"].isin(ids)].sort_values("id")
missing = lambda values: int(values.isna().sum())
out = {
  "duckdb": [
    *result.aggregate("count(*), sum(id)::bigint, count(*) - count(late), count(*) - count(o.deep), count(*) - count(last)").fetchall()[0],
    [row for row in result.filter(f"id in {tuple(ids)}").project("id, n, count").order("id").fetchall()],
  ],
  "pyarrow": [
    table.num_rows, compute.sum(table["id"]).as_py(), table["late"].null_count,
    compute.struct_field(table["o"], "deep").null_count, table["last"].null_count,
    list(zip(*[arrow[name].to_pylist() for name in ("id", "n", "count")])),
  ],
  "polars": [
    in_polars.height, in_polars["id"].sum(), in_polars["late"].null_count(),
    in_polars["o"].struct.field("deep").null_count(), in_polars["last"].null_count(),
    kept_in_polars.select("id", "n", "count").rows(),
  ],
  "pandas": [
    len(in_pandas), int(in_pandas["id"].sum()), missing(in_pandas["late"]),
    missing(in_pandas["o"].struct.field("deep")), missing(in_pandas["last"]),
    [[None if pandas.isna(value) else value for value in row] for row in kept_in_pandas[["id", "n", "count"]].itertuples(index=False)],
  ],
}
print(json.dumps(out))`,
    root,
    block('sql', 't'),
  );
  const half = TOTAL / 2 + 1;
  const count = (k: number) => Number(`90071992547409${(k % 90) | 10}`);
  const expected = [
    ...[TOTAL + 1, (TOTAL * (TOTAL + 1)) / 2, half, half, TOTAL],
    [
      [0, '0', null],
      [50_000, 'true', count(50_000)],
      [50_001, '1.5', count(50_001)],
      [50_002, '"text"', count(50_002)],
      [60_000, null, null],
    ],
  ];
  expect(said).toEqual({ duckdb: expected, pyarrow: expected, polars: expected, pandas: expected });
}, 120_000);

it('a stream without records has no rows; and every column can be had as it came', () => {
  const exact = block('sql', 't').replace('union_by_name = true', 'union_by_name = true, maximum_depth = 1');
  expect(exact).not.toBe(block('sql', 't'));
  const said = askPython(
    `
import duckdb, json, os, sys
os.chdir(sys.argv[1])
empty = duckdb.sql(sys.argv[2]).fetchall()
print(json.dumps([empty, duckdb.sql(sys.argv[3]).filter("id in (50000, 50002)").project("id, n, o, late").order("id").fetchall()]))`,
    root,
    block('sql', 'empty'),
    exact,
  );
  expect(said).toEqual([
    [],
    [
      ['50000', 'true', '{"a":1,"deep":2}', '"x50000"'],
      ['50002', '"text"', '{"a":1,"deep":2}', '"x50002"'],
    ],
  ]);
}, 120_000);
