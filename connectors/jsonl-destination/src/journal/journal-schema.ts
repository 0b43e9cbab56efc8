import { type Dialect, sqlite, sqlTables } from '@headrace/sdk/destination';
import { TO_VERSION_2 } from './journal-version-2.ts';

/** Stored in `user_version`. A newer journal is refused, an older one is migrated. */
export const SCHEMA_VERSION = 3;
/** The oldest version that can be read without migration. */
export const OLDEST_READABLE = 2;

/** The SDK's tables (states, copies, counts, …) are in the journal under their own names. */
const dialect: Dialect = { ...sqlite, table: (name) => name, keepsSuperseded: true };
export const journalTables = sqlTables(dialect);

/**
 * `files`: `order by seq, id` is the order of lines, and a file that replaces another gets its `seq`. `part` 0 is the
 * growing file of the layout flat; others are numbered from 1. Every file belongs to a copy. `manifest`: the files that
 * readers can rely on. A file that replaces others is `held` until its copy is complete, and a copy after a complete
 * one is only included when it is complete itself.
 */
const FILES = `
create table files (
  id integer primary key, seq integer not null,
  source text not null, namespace text not null, stream text not null, quarantine integer not null,
  copy_id integer not null,
  run_id text not null, part integer not null, path text not null, status text not null, envelope text not null,
  opened_at integer not null, ingested_at integer, closed_at integer,
  records integer not null, bytes integer not null, compressed_bytes integer not null,
  first_emitted_at integer, last_emitted_at integer, sha256 text,
  foreign key (source, copy_id) references copies (source, id)
) strict;
create index files_of_a_source on files (source, status);
create index files_of_a_stream on files (source, namespace, stream);
create index files_of_a_path on files (path);
create index files_of_a_copy on files (source, copy_id);
create view manifest as
select f.id, f.seq, f.run_id, f.source, f.namespace, f.stream, f.path, f.envelope, f.records, f.bytes, f.compressed_bytes,
  f.sha256, f.first_emitted_at, f.last_emitted_at, f.ingested_at, f.closed_at,
  iif(c.status = 'superseded', 'superseded', 'complete') as status,
  iif(c.status in ('complete', 'superseded'), c.run_id, null) as copy
from files f join copies c on c.source = f.source and c.id = f.copy_id
where f.quarantine = 0 and f.records > 0 and f.status in ('closed', 'flat')
  and not (c.status in ('open', 'whole') and exists (
    select 1 from copies d where d.source = c.source and d.namespace = c.namespace and d.stream = c.stream
    and d.scope = c.scope and d.status = 'complete' and d.id < c.id));
`;

export const SCHEMA = `${journalTables.create.join(';\n')};\n${FILES}`;

/**
 * Migrations by the version that they start from. From 2 to 3: copy ids are numbered per source, `runs` counts the runs
 * that have committed records to a copy, and the run of the last commit is stored.
 */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: TO_VERSION_2,
  2: `
alter table sources add column run_id text not null default '';
drop view manifest;
drop index copies_of_a_stream; drop index files_of_a_source; drop index files_of_a_stream;
drop index files_of_a_path; drop index files_of_a_copy;
alter table copies rename to copies_2;
alter table files rename to files_2;
${SCHEMA}
insert into copies (source, id, namespace, stream, scope, run_id, began_at, generation_id, replaces, runs, status)
  select source, id, namespace, stream, scope, run_id, began_at, generation_id, replaces,
    iif(exists (select 1 from files_2 f where f.copy_id = c.id), runs, 0), status
  from copies_2 c;
insert into files select * from files_2;
drop table files_2;
drop table copies_2;`,
};
