-- The journal of the files beside it, as version 2 of the program left it: all layouts, compressions, envelopes and
-- modes, overwrites that broke off, a rewrite that is due, and runs that were killed in the middle of a write.

BEGIN TRANSACTION;
CREATE TABLE sources (
  source text not null, scope text not null, number integer not null,
  primary key (source, scope)
) strict, without rowid;
INSERT INTO sources VALUES('f','main',5);
INSERT INTO sources VALUES('g','main',1);
INSERT INTO sources VALUES('k','main',1);
INSERT INTO sources VALUES('s','backfill:1',1);
INSERT INTO sources VALUES('s','main',6);
CREATE TABLE states (
  source text not null, scope text not null, namespace text not null, stream text not null,
  kind text not null, json text not null, run_id text not null, updated_at integer not null,
  primary key (source, scope, namespace, stream)
) strict, without rowid;
INSERT INTO states VALUES('f','main','','a','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":3}}}}}','R3',1796107585022);
INSERT INTO states VALUES('f','main','','dedup','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"dedup"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":2}}}}}','R2',1796107581528);
INSERT INTO states VALUES('f','main','','over','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"over"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":12}}}}}','R3',1796107585022);
INSERT INTO states VALUES('g','main','','','GLOBAL','{"type":"GLOBAL","global":{"shared_state":{"at":1},"stream_states":[]}}','R1',1796107572484);
INSERT INTO states VALUES('k','main','','a','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":1}}}}}','R7',1796107569077);
INSERT INTO states VALUES('s','backfill:1','','inc','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"inc"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":1}}}}}','R5',1796107563726);
INSERT INTO states VALUES('s','main','','begun','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"begun"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":12}}}}}','R4',1796107561317);
INSERT INTO states VALUES('s','main','','dedup','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"dedup"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":5}}}}}','R6',1796107565854);
INSERT INTO states VALUES('s','main','','full','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"full"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":2}}}}}','R4',1796107561317);
INSERT INTO states VALUES('s','main','','inc','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"inc"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":5}}}}}','R6',1796107565854);
INSERT INTO states VALUES('s','main','','over','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"over"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":13}}}}}','R6',1796107565854);
INSERT INTO states VALUES('s','main','shop','inc','STREAM','{"type":"STREAM","stream":{"stream_descriptor":{"name":"inc","namespace":"shop"},"stream_state":{"version":1,"origin":"x.example","partitions":{"p":{"at":20}}}}}','R1',1796107552082);
CREATE TABLE streams (
  source text not null, namespace text not null, stream text not null,
  primary_key text not null, cursor_field text not null,
  generation_id integer not null, dedup_due integer not null,
  primary key (source, namespace, stream)
) strict, without rowid;
INSERT INTO streams VALUES('f','','a','[]','[]',0,0);
INSERT INTO streams VALUES('f','','dedup','[["id"]]','["at"]',0,0);
INSERT INTO streams VALUES('f','','over','[["id"]]','[]',3,0);
INSERT INTO streams VALUES('s','','begun','[]','[]',3,0);
INSERT INTO streams VALUES('s','','dedup','[["id"]]','["at"]',0,1);
INSERT INTO streams VALUES('s','','full','[]','[]',0,0);
INSERT INTO streams VALUES('s','','inc','[]','[]',0,0);
INSERT INTO streams VALUES('s','','over','[["id"]]','[]',3,0);
CREATE TABLE copies (
  id integer primary key,
  source text not null, namespace text not null, stream text not null, scope text not null,
  run_id text not null, began_at integer not null,
  generation_id integer not null, replaces integer not null, runs integer not null, status text not null
) strict;
INSERT INTO copies VALUES(1,'s','','inc','main','R1',1796107552018,0,0,4,'open');
INSERT INTO copies VALUES(2,'s','shop','inc','main','R1',1796107552030,0,0,1,'open');
INSERT INTO copies VALUES(3,'s','','full','main','R2',1796107554072,0,0,1,'superseded');
INSERT INTO copies VALUES(4,'s','','over','main','R2',1796107554078,2,1,1,'complete');
INSERT INTO copies VALUES(5,'s','','begun','main','R2',1796107554083,2,1,1,'complete');
INSERT INTO copies VALUES(6,'s','','dedup','main','R2',1796107554088,0,0,4,'open');
INSERT INTO copies VALUES(7,'s','','full','main','R3',1796107557024,0,0,1,'complete');
INSERT INTO copies VALUES(8,'s','','over','main','R4',1796107561047,3,1,2,'open');
INSERT INTO copies VALUES(9,'s','','begun','main','R4',1796107561079,3,1,1,'open');
INSERT INTO copies VALUES(10,'s','','full','main','R4',1796107561097,0,0,1,'open');
INSERT INTO copies VALUES(11,'s','','inc','backfill:1','R5',1796107563568,0,0,1,'open');
INSERT INTO copies VALUES(12,'k','','a','main','R7',1796107568938,0,0,1,'open');
INSERT INTO copies VALUES(13,'g','','a','main','R1',1796107572326,0,0,1,'open');
INSERT INTO copies VALUES(14,'g','','b','main','R1',1796107572347,0,0,1,'open');
INSERT INTO copies VALUES(15,'f','','a','main','R1',1796107576721,0,0,3,'open');
INSERT INTO copies VALUES(16,'f','','over','main','R1',1796107576780,2,1,1,'complete');
INSERT INTO copies VALUES(17,'f','','dedup','main','R1',1796107576803,0,0,2,'open');
INSERT INTO copies VALUES(18,'f','','over','main','R2',1796107581407,3,1,2,'open');
CREATE TABLE counts (
  source text not null, run_id text not null, namespace text not null, stream text not null,
  stored integer not null, quarantined integer not null, rolled_back integer not null, updated_at integer not null,
  primary key (source, run_id, namespace, stream)
) strict, without rowid;
INSERT INTO counts VALUES('f','R1','','a',1,0,0,1796107576905);
INSERT INTO counts VALUES('f','R1','','dedup',2,0,0,1796107576905);
INSERT INTO counts VALUES('f','R1','','over',2,0,0,1796107576905);
INSERT INTO counts VALUES('f','R2','','a',1,0,0,1796107581528);
INSERT INTO counts VALUES('f','R2','','dedup',1,0,0,1796107581528);
INSERT INTO counts VALUES('f','R2','','over',1,0,0,1796107581528);
INSERT INTO counts VALUES('f','R3','','a',1,0,0,1796107585022);
INSERT INTO counts VALUES('f','R3','','over',1,0,0,1796107585022);
INSERT INTO counts VALUES('g','R1','','a',1,0,0,1796107572484);
INSERT INTO counts VALUES('g','R1','','b',1,0,0,1796107572484);
INSERT INTO counts VALUES('k','R7','','a',1,0,0,1796107569077);
INSERT INTO counts VALUES('s','R1','','inc',2,1,0,1796107552082);
INSERT INTO counts VALUES('s','R1','shop','inc',1,0,0,1796107552082);
INSERT INTO counts VALUES('s','R2','','begun',2,0,0,1796107554163);
INSERT INTO counts VALUES('s','R2','','dedup',2,0,0,1796107554163);
INSERT INTO counts VALUES('s','R2','','full',2,0,0,1796107554163);
INSERT INTO counts VALUES('s','R2','','inc',1,0,0,1796107554163);
INSERT INTO counts VALUES('s','R2','','over',2,0,0,1796107554163);
INSERT INTO counts VALUES('s','R3','','dedup',2,0,0,1796107557302);
INSERT INTO counts VALUES('s','R3','','full',3,0,0,1796107557302);
INSERT INTO counts VALUES('s','R3','','inc',1,0,0,1796107557302);
INSERT INTO counts VALUES('s','R4','','begun',2,0,0,1796107561317);
INSERT INTO counts VALUES('s','R4','','dedup',2,0,0,1796107561317);
INSERT INTO counts VALUES('s','R4','','full',2,0,0,1796107561317);
INSERT INTO counts VALUES('s','R4','','over',2,0,0,1796107561317);
INSERT INTO counts VALUES('s','R5','','inc',1,0,0,1796107563726);
INSERT INTO counts VALUES('s','R6','','dedup',1,0,0,1796107565854);
INSERT INTO counts VALUES('s','R6','','inc',1,0,0,1796107565854);
INSERT INTO counts VALUES('s','R6','','over',1,0,0,1796107565854);
CREATE TABLE files (
  id integer primary key, seq integer not null,
  source text not null, namespace text not null, stream text not null, quarantine integer not null,
  copy_id integer not null references copies (id),
  run_id text not null, part integer not null, path text not null, status text not null, envelope text not null,
  opened_at integer not null, ingested_at integer, closed_at integer,
  records integer not null, bytes integer not null, compressed_bytes integer not null,
  first_emitted_at integer, last_emitted_at integer, sha256 text
) strict;
INSERT INTO files VALUES(1,1,'s','','inc',0,1,'R1',1,'s/inc/2026/12/01/R1-00001.jsonl.gz','closed','flat',1796107552041,1796107552000,1796107552081,2,208,117,1763680000001,1763680000001,'d0440b7d92705f1d3b8baf46a4fb7eb688efda830d815003161b1775a426c29e');
INSERT INTO files VALUES(2,2,'s','','inc',1,1,'R1',1,'_quarantine/s/inc/2026/12/01/R1-00001.jsonl','closed','none',1796107552040,1796107552000,1796107552082,1,96,96,1763680000001,1763680000001,'14bdc4e43641173f8b7e55f7ad5a8289c20dde11e2fb873d3e0e3c2e71dc0081');
INSERT INTO files VALUES(3,3,'s','shop','inc',0,2,'R1',1,'s/shop.inc/2026/12/01/R1-00001.jsonl.gz','closed','flat',1796107552041,1796107552000,1796107552082,1,105,110,1763680000001,1763680000001,'4e96cb69a4666c1c73e2d9515e845241aef8c7f746b40cf18ab7d2ec53c51687');
INSERT INTO files VALUES(4,4,'s','','full',0,3,'R2',1,'s/full/2026/12/01/R2-00001.jsonl.zst','closed','none',1796107554078,1796107554040,1796107554162,2,18,34,1763680000002,1763680000002,'b045d8645252dfc692c3157cc90ba00df837690f9f5515b91d03ef51579c0863');
INSERT INTO files VALUES(6,6,'s','','begun',0,5,'R2',1,'s/begun/2026/12/01/R2-00001.jsonl.zst','closed','none',1796107554088,1796107554040,1796107554162,2,18,34,1763680000002,1763680000002,'b045d8645252dfc692c3157cc90ba00df837690f9f5515b91d03ef51579c0863');
INSERT INTO files VALUES(7,7,'s','','over',0,4,'R2',1,'s/over/2026/12/01/R2-00001.jsonl.zst','closed','none',1796107554082,1796107554040,1796107554162,2,18,34,1763680000002,1763680000002,'b045d8645252dfc692c3157cc90ba00df837690f9f5515b91d03ef51579c0863');
INSERT INTO files VALUES(8,8,'s','','inc',0,1,'R2',1,'s/inc/2026/12/01/R2-00001.jsonl.zst','closed','none',1796107554070,1796107554040,1796107554162,1,9,25,1763680000002,1763680000002,'6c235f888e5865379716f9bd5cd45a56ff7bc2884a725d07f8c9031b6621e5a6');
INSERT INTO files VALUES(9,9,'s','','full',0,7,'R3',1,'s/full/2026/12/01/R3-00001.jsonl.gz','closed','airbyte',1796107557068,1796107556947,1796107557298,3,540,156,1763680000003,1763680000003,'cb27fd206328a574f0c13a42ae394cd4542c7b57c2c2dec602f34559cf0b69c9');
INSERT INTO files VALUES(10,10,'s','','inc',0,1,'R3',1,'s/inc/2026/12/01/R3-00001.jsonl.gz','closed','airbyte',1796107557068,1796107556947,1796107557296,1,180,137,1763680000003,1763680000003,'4e519b815e81747a0ad2a73c77e67b7408eea96e9e73c07bc9095795fec40e0b');
INSERT INTO files VALUES(12,5,'s','','dedup',0,6,'R3',2,'s/dedup/2026/12/01/R3-00002.jsonl.gz','closed','none',1796107554093,1796107554040,1796107558073,1,16,36,1763680000002,1763680000002,'62ffd347cb9e17e4efe2fc74b6c0c10fb74727471f1041fce80026579e6cfbb2');
INSERT INTO files VALUES(13,13,'s','','over',0,8,'R4',1,'s/over/2026/12/01/R4-00001.jsonl.gz','held','none',1796107561186,1796107561037,1796107561333,2,20,35,1763680000005,1763680000005,'7dbd5d37c14434907cc9b3ae450dd3b2ba5d0b9f0889819ee8410d1d5f7d2785');
INSERT INTO files VALUES(14,14,'s','','begun',0,9,'R4',1,'s/begun/2026/12/01/R4-00001.jsonl.gz','held','none',1796107561211,1796107561037,1796107561333,2,20,35,1763680000005,1763680000005,'7dbd5d37c14434907cc9b3ae450dd3b2ba5d0b9f0889819ee8410d1d5f7d2785');
INSERT INTO files VALUES(15,15,'s','','full',0,10,'R4',1,'s/full/2026/12/01/R4-00001.jsonl.gz','closed','none',1796107561230,1796107561037,1796107561333,2,18,34,1763680000005,1763680000005,'f70f8a31e333f881b291c1e436ccafbbf04f4f23e4d9e36e2bf3e0f2d5d959dd');
INSERT INTO files VALUES(16,16,'s','','dedup',0,6,'R4',1,'s/dedup/2026/12/01/R4-00001.jsonl.gz','closed','none',1796107561258,1796107561037,1796107561333,2,32,41,1763680000005,1763680000005,'8ea4823eb2c2a7d31dffc1da61a998ce0f1ff8f76a94c135677b0cf864cebcaf');
INSERT INTO files VALUES(17,11,'s','','dedup',0,6,'R4',2,'s/dedup/2026/12/01/R4-00002.jsonl.gz','closed','airbyte',1796107557070,1796107556947,1796107561486,1,187,140,1763680000003,1763680000003,'77e3eed7fb4c2dfff5d8d77efe22034a533fc52657f674dac013ea1e4fea8794');
INSERT INTO files VALUES(18,18,'s','','inc',0,11,'R5',1,'s/inc/2026/12/01/R5-00001.jsonl.gz','closed','none',1796107563641,1796107563493,1796107563726,1,9,29,1763680000006,1763680000006,'bbc895dda982b55a4cc06b9a04135fde78e0898651b727c7d631334323dc96c4');
INSERT INTO files VALUES(19,19,'s','','inc',0,1,'R6',1,'s/inc/2026/12/01/R6-00001.jsonl.zst','open','none',1796107565772,1796107565640,NULL,1,9,18,1763680000007,1763680000007,NULL);
INSERT INTO files VALUES(20,20,'s','','over',0,8,'R6',1,'s/over/2026/12/01/R6-00001.jsonl.zst','open','none',1796107565777,1796107565640,NULL,1,99,35,1763680000007,1763680000007,NULL);
INSERT INTO files VALUES(21,21,'s','','dedup',0,6,'R6',1,'s/dedup/2026/12/01/R6-00001.jsonl.zst','open','none',1796107565777,1796107565640,NULL,1,16,25,1763680000007,1763680000007,NULL);
INSERT INTO files VALUES(22,22,'k','','a',0,12,'R7',1,'k/a/2026/12/01/R7-00001.jsonl.gz','open','none',1796107569042,1796107568887,NULL,1,9,29,1763680000008,1763680000008,NULL);
INSERT INTO files VALUES(23,23,'g','','b',0,14,'R1',1,'g/b/2026/12/01/R1-00001.jsonl','closed','none',1796107572373,1796107572274,1796107572480,1,9,9,1763680000009,1763680000009,'1ca5c4db56f4d95854b8b9a5cef70bd3844b657b93cfebd6037221b1ae74c5d0');
INSERT INTO files VALUES(24,24,'g','','a',0,13,'R1',1,'g/a/2026/12/01/R1-00001.jsonl','closed','none',1796107572373,1796107572274,1796107572480,1,9,9,1763680000009,1763680000009,'51bc513113548e062ada62b03efea153cae2abdf46b051c551c3e62a4dfb88cf');
INSERT INTO files VALUES(26,26,'f','','over',0,16,'R1',0,'f/over.jsonl','flat','none',1796107576853,1796107576662,NULL,2,18,18,1763680000010,1763680000010,NULL);
INSERT INTO files VALUES(27,27,'f','','a',0,15,'R1',0,'f/a.jsonl','flat','none',1796107576876,1796107584779,NULL,3,27,27,1763680000010,1763680000014,NULL);
INSERT INTO files VALUES(28,28,'f','','over',0,18,'R2',0,'f/over.jsonl','open','none',1796107581498,1796107584779,NULL,2,20,20,1763680000012,1763680000014,NULL);
INSERT INTO files VALUES(29,25,'f','','dedup',0,17,'R2',0,'f/dedup.jsonl','flat','none',1796107576827,1796107581147,NULL,2,32,32,1763680000010,1763680000012,NULL);
CREATE INDEX copies_of_a_stream on copies (source, namespace, stream);
CREATE INDEX files_of_a_source on files (source, status);
CREATE INDEX files_of_a_stream on files (source, namespace, stream);
CREATE INDEX files_of_a_path on files (path);
CREATE INDEX files_of_a_copy on files (copy_id);
CREATE VIEW manifest as
select f.id, f.seq, f.run_id, f.source, f.namespace, f.stream, f.path, f.envelope, f.records, f.bytes, f.compressed_bytes,
  f.sha256, f.first_emitted_at, f.last_emitted_at, f.ingested_at, f.closed_at,
  iif(c.status = 'superseded', 'superseded', 'complete') as status,
  iif(c.status in ('complete', 'superseded'), c.run_id, null) as copy
from files f join copies c on c.id = f.copy_id
where f.quarantine = 0 and f.records > 0 and f.status in ('closed', 'flat')
  and not (c.status in ('open', 'whole') and exists (
    select 1 from copies d where d.source = c.source and d.namespace = c.namespace and d.stream = c.stream
    and d.scope = c.scope and d.status = 'complete' and d.id < c.id));
PRAGMA user_version = 2;
COMMIT;
