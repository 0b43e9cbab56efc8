/** Kept in `user_version`; a newer journal is refused. */
export const SCHEMA_VERSION = 1;

/** `number` counts commits; it never goes back, so that a pipe that started before a reset is still recognised. */
export const SCHEMA = `
create table sources (
  source text not null, scope text not null, number integer not null,
  primary key (source, scope)
) strict, without rowid;
create table states (
  source text not null, scope text not null, namespace text not null, stream text not null,
  kind text not null, json text not null, run_id text not null, updated_at integer not null,
  primary key (source, scope, namespace, stream)
) strict, without rowid;
create table files (
  id integer primary key,
  source text not null, namespace text not null, stream text not null, quarantine integer not null,
  run_id text not null, part integer not null, path text not null unique, status text not null,
  opened_at integer not null, records integer not null, bytes integer not null, compressed_bytes integer not null,
  first_emitted_at integer, last_emitted_at integer
) strict;
create index files_of_a_source on files (source, status);
`;
