/**
 * Version 2 added `streams`, `copies` and `counts`, and a file's copy, order and checksum. Kept for journals of version
 * 1.
 */
const VERSION_2 = `
create table streams (
  source text not null, namespace text not null, stream text not null,
  primary_key text not null, cursor_field text not null,
  generation_id integer not null, dedup_due integer not null,
  primary key (source, namespace, stream)
) strict, without rowid;
create table copies (
  id integer primary key,
  source text not null, namespace text not null, stream text not null, scope text not null,
  run_id text not null, began_at integer not null,
  generation_id integer not null, replaces integer not null, runs integer not null, status text not null
) strict;
create index copies_of_a_stream on copies (source, namespace, stream);
create table counts (
  source text not null, run_id text not null, namespace text not null, stream text not null,
  stored integer not null, quarantined integer not null, rolled_back integer not null, updated_at integer not null,
  primary key (source, run_id, namespace, stream)
) strict, without rowid;
create table files (
  id integer primary key, seq integer not null,
  source text not null, namespace text not null, stream text not null, quarantine integer not null,
  copy_id integer not null references copies (id),
  run_id text not null, part integer not null, path text not null, status text not null, envelope text not null,
  opened_at integer not null, ingested_at integer, closed_at integer,
  records integer not null, bytes integer not null, compressed_bytes integer not null,
  first_emitted_at integer, last_emitted_at integer, sha256 text
) strict;
create index files_of_a_source on files (source, status);
create index files_of_a_stream on files (source, namespace, stream);
create index files_of_a_path on files (path);
create index files_of_a_copy on files (copy_id);
create view manifest as
select f.id, f.seq, f.run_id, f.source, f.namespace, f.stream, f.path, f.envelope, f.records, f.bytes, f.compressed_bytes,
  f.sha256, f.first_emitted_at, f.last_emitted_at, f.ingested_at, f.closed_at,
  iif(c.status = 'superseded', 'superseded', 'complete') as status,
  iif(c.status in ('complete', 'superseded'), c.run_id, null) as copy
from files f join copies c on c.id = f.copy_id
where f.quarantine = 0 and f.records > 0 and f.status in ('closed', 'flat')
  and not (c.status in ('open', 'whole') and exists (
    select 1 from copies d where d.source = c.source and d.namespace = c.namespace and d.stream = c.stream
    and d.scope = c.scope and d.status = 'complete' and d.id < c.id));
`;

/**
 * Version 1 had no copies, checksums and envelopes: what it wrote is one copy per stream, checksums stay unknown, and
 * the envelope is `flat`, because a line may begin with the envelope's fields.
 */
export const TO_VERSION_2 = `
drop index files_of_a_source;
alter table files rename to files_1;
${VERSION_2}
insert into copies (source, namespace, stream, scope, run_id, began_at, generation_id, replaces, runs,
    status)
  select source, namespace, stream, 'main', run_id, min(opened_at), 0, 0, 1, 'open' from files_1
  group by source, namespace, stream;
insert into files
  select f.id, f.id, f.source, f.namespace, f.stream, f.quarantine, c.id, f.run_id, f.part, f.path, f.status, 'flat',
    f.opened_at, null, iif(f.status = 'closed', f.opened_at, null), f.records, f.bytes, f.compressed_bytes,
    f.first_emitted_at, f.last_emitted_at, null
  from files_1 f join copies c on c.source = f.source and c.namespace = f.namespace and c.stream = f.stream;
drop table files_1;`;
