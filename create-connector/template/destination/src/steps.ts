import type { DatabaseSync } from 'node:sqlite';
import type { Facts, Place, Step } from '@headrace/sdk/destination';
import { tableName } from './table-name.ts';

/** The whole record, and facts about it. `_key` and `_cursor` are for append_dedup. */
const COLUMNS = {
  _data: 'text not null',
  _meta: 'text',
  _source: 'text not null',
  _stream: 'text not null',
  _namespace: 'text',
  _run_id: 'text not null',
  _commit: 'integer not null',
  _emitted_at: 'integer',
  _ingested_at: 'integer not null',
  _key: 'blob',
  _cursor: 'blob',
};
const NAMES = Object.keys(COLUMNS).join(', ');
const PLACES = Object.keys(COLUMNS).fill('?').join(', ');

/** Does one step of a commit, in its transaction. */
export function apply(db: DatabaseSync, step: Step, commit: Facts): void {
  const { place } = step;
  const table = tableOf(db, place);
  const main = (): string => tableOf(db, { ...place, beside: undefined });
  switch (step.kind) {
    case 'append': {
      const insert = db.prepare(`insert into ${table} (${NAMES}) values (${PLACES})`);
      const { source, stream, namespace } = place.key;
      for (const { data, meta, emittedAt, ingestedAt, key, cursor } of step.rows)
        insert.run(
          ...[data.toString(), meta?.toString() ?? null, source, stream, namespace || null],
          ...[commit.runId, commit.number, emittedAt ?? null, ingestedAt, key ?? null, cursor ?? null],
        );
      return;
    }
    case 'dedup':
      if (step.by === 'bytes')
        db.exec(`delete from ${table} where _id not in (select min(_id) from ${table} group by _data)`);
      else dropOlder(db, table, step, commit);
      return;
    case 'replace':
      db.exec(`drop index if exists ${indexOf(table)}; drop table ${main()}`);
      db.exec(`alter table ${table} rename to ${nameOf({ ...place, beside: undefined })}`);
      return;
    case 'join':
      db.exec(
        `insert into ${main()} (${NAMES}) select ${NAMES} from ${table} order by _id; drop table ${table}`,
      );
      return;
    case 'discard':
      db.exec(`drop table ${table}`);
  }
}

/** Keeps the row with the greatest cursor of each key; the last one if they are equal. */
function dropOlder(
  db: DatabaseSync,
  table: string,
  { identify, all }: Step & { readonly kind: 'dedup' },
  { number }: Facts,
): void {
  db.exec(`create index if not exists ${indexOf(table)} on ${table} (_key)`);
  if (all && identify) {
    const identity = (data: unknown) => identify(Buffer.from(String(data)));
    db.function('key_of', (data) => identity(data).key ?? null);
    db.function('cursor_of', (data) => identity(data).cursor ?? null);
    db.exec(`update ${table} set _key = key_of(_data), _cursor = cursor_of(_data)`);
  }
  const touched = all ? '' : `and _key in (select _key from ${table} where _commit = ${number})`;
  db.exec(`delete from ${table} where _id in (select _id from (
    select _id, row_number() over (partition by _key order by _cursor desc, _id desc) as place from ${table}
    where _key is not null ${touched}) where place > 1)`);
}

/** The quoted name of a table, which is created if it does not exist. */
function tableOf(db: DatabaseSync, place: Place): string {
  const name = nameOf(place);
  const columns = Object.entries(COLUMNS).map(([column, type]) => `${column} ${type}`);
  db.exec(`create table if not exists ${name} (_id integer primary key, ${columns.join(', ')})`);
  return name;
}

function indexOf(table: string): string {
  return `${table.slice(0, -1)}~key"`;
}

function nameOf(place: Place): string {
  return `"${tableName(place)}"`;
}
