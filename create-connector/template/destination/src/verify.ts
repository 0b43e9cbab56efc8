import type { DatabaseSync } from 'node:sqlite';
import type { Problem, Verified } from '@headrace/sdk/destination';
import { tablePrefix } from './table-name.ts';

/** Whether the database is sound, and holds nothing that is no JSON or that no commit brought. */
export function verify(db: DatabaseSync, source: string, report: (problem: Problem) => void): Verified {
  const hint = 'restore the database from a copy, or read the source again: state --reset';
  for (const row of db.prepare('pragma integrity_check').all()) {
    const what = String(row.integrity_check);
    if (what !== 'ok') report({ code: 'damaged', path: 'the database', what, hint });
  }
  // SQLite takes what is nested deeper than 1,000 levels for invalid.
  db.function('is_json', (text) => Number(isJson(String(text))));
  const prefix = tablePrefix(source);
  const tables = db
    .prepare("select name from sqlite_schema where type = 'table' and substr(name, 1, ?) = ? order by name")
    .all(prefix.length, prefix);
  let records = 0;
  for (const { name } of tables) {
    const counted = db
      .prepare(
        `select count(*) as all_of_them, sum(not (json_valid(_data) or is_json(_data))) as invalid,
         sum(_commit > (select max(number) from _headrace_sources where source = ?)) as unknown from "${name}"`,
      )
      .get(source);
    records += Number(counted?.all_of_them);
    const problem = (what: string, code: string): void => report({ code, path: String(name), what, hint });
    if (Number(counted?.invalid) > 0) problem(`${counted?.invalid} records are no JSON`, 'invalid_json');
    if (Number(counted?.unknown) > 0) problem(`${counted?.unknown} records are of no commit`, 'unknown');
  }
  const text = `${tables.length} ${tables.length === 1 ? 'table' : 'tables'} with ${records} records`;
  return { facts: { tables: tables.length, records }, text };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
