/** The version of the tables, as `pragma user_version` has it. */
export const SCHEMA_VERSION = 1;

/** The tables of a tenant's database. Times are milliseconds since 1970; lists and options are JSON. */
export const SCHEMA = `
create table runs (
  job text not null,
  number integer not null,
  kind text not null check (kind in ('sync', 'backfill')),
  started integer not null,
  ended integer,
  outcome text,
  exit_code integer,
  attempts integer not null,
  options text not null,
  process text not null,
  primary key (job, number)
) strict;
create index runs_started on runs (started);

create table attempts (
  job text not null,
  number integer not null,
  attempt integer not null,
  started integer not null,
  ended integer,
  code text,
  message text,
  delay_ms integer,
  primary key (job, number, attempt),
  foreign key (job, number) references runs
) strict;

create table streams (
  job text not null,
  number integer not null,
  position integer not null,
  name text not null,
  namespace text,
  status text not null,
  complete integer not null,
  records integer not null,
  bytes integer not null,
  committed integer not null,
  rejected integer not null,
  states integer not null,
  generation integer not null,
  estimate integer,
  started integer,
  ended integer,
  waited_ms integer not null,
  error text,
  primary key (job, number, position),
  foreign key (job, number) references runs
) strict;

create table errors (
  job text not null,
  number integer not null,
  position integer not null,
  code text not null,
  message text not null,
  failure_type text not null,
  place text,
  hint text,
  origin text not null,
  stream text,
  primary key (job, number, position),
  foreign key (job, number) references runs
) strict;

create table dead_letters (
  id integer primary key autoincrement,
  job text not null,
  scope text not null,
  opened integer not null,
  opened_by integer not null,
  last_at integer not null,
  last_run integer not null,
  runs integer not null,
  options text not null,
  streams text,
  errors text not null,
  resolved integer,
  resolved_by integer,
  resolution text check (resolution in ('success', 'dropped'))
) strict;
create unique index open_letters on dead_letters (job, scope) where resolved is null;

create table pauses (
  job text primary key,
  since integer not null,
  reason text
) strict;

create table schedules (
  job text primary key,
  schedule text not null,
  kept_until integer not null
) strict;
`;
