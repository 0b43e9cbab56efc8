-- The journal of the files beside it, as version 1 of the program left it: one run each into both layouts, and
-- one that was killed.
BEGIN TRANSACTION;
CREATE TABLE files (
  id integer primary key,
  source text not null, namespace text not null, stream text not null, quarantine integer not null,
  run_id text not null, part integer not null, path text not null unique, status text not null,
  opened_at integer not null, records integer not null, bytes integer not null, compressed_bytes integer not null,
  first_emitted_at integer, last_emitted_at integer
) strict;
INSERT INTO "files" VALUES(1,'jira','','issues',1,'R1',1,'_quarantine/jira/issues/2026/11/28/R1-00001.jsonl','closed',1795858732606,1,91,91,1763680002000,1763680002000);
INSERT INTO "files" VALUES(2,'jira','','issues',0,'R1',1,'jira/issues/2026/11/28/R1-00001.jsonl.gz','closed',1795858732607,2,18,34,1763680000000,1763680001000);
INSERT INTO "files" VALUES(3,'jira','','projects',0,'R1',1,'jira/projects/2026/11/28/R1-00001.jsonl.gz','closed',1795858732608,1,9,29,1763680003000,1763680003000);
INSERT INTO "files" VALUES(4,'jira','','boards',0,'R2',0,'jira/boards.jsonl','flat',1795858733132,1,110,110,1763680000000,1763680000000);
INSERT INTO "files" VALUES(5,'jira','','issues',0,'R3',1,'jira/issues/2026/11/28/R3-00001.jsonl.gz','open',1795858733784,1,110,118,1763680004000,1763680004000);
CREATE TABLE sources (
  source text not null, scope text not null, number integer not null,
  primary key (source, scope)
) strict, without rowid;
INSERT INTO "sources" VALUES('jira','main',3);
CREATE TABLE states (
  source text not null, scope text not null, namespace text not null, stream text not null,
  kind text not null, json text not null, run_id text not null, updated_at integer not null,
  primary key (source, scope, namespace, stream)
) strict, without rowid;
INSERT INTO "states" VALUES('jira','main','','boards','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"boards"},"stream_state":{"at":1}}}','R2',1795858733135);
INSERT INTO "states" VALUES('jira','main','','issues','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"issues"},"stream_state":{"at":4}}}','R3',1795858733790);
CREATE INDEX files_of_a_source on files (source, status);
PRAGMA user_version = 1;
COMMIT;
