/** The store layer, for destinations that keep their states themselves. Only destinations load it. */
export { type CopyWish, copyFor } from './copies/begin.ts';
export { completeCopy } from './copies/conclude.ts';
export { type Copy, type CopyChanges, type CopyStatus, isHeld, type Move } from './copies/copy.ts';
export { defineStore, runSettings, type StoreDefinition } from './define-store.ts';
export { compareCursors, cursorBytes } from './identity/cursor-order.ts';
export {
  type Identify,
  type Identity,
  identityDigest,
  type KnownKey,
  keyReader,
} from './identity/record-key.ts';
export { decodeName, encodeName, streamFolder, streamOfFolder } from './names/encode-name.ts';
export { makeRunId, type Owner, type StreamKey, sameStream, storable, streamLabel } from './names/names.ts';
export type {
  BatchFacts,
  Dedup,
  Openings,
  OpenStream,
  RecordHalf,
  RecordLog,
  Run,
} from './run/record-log.ts';
export {
  type RunSettings,
  type StoreHalves,
  type StoreWriterOptions,
  storeWriter,
} from './run/store-writer.ts';
export { type Dialect, type Statement, sqlite } from './sql/dialect.ts';
export type { SqlRow } from './sql/load.ts';
export { type SqlTables, type SyncTables, sqlTables } from './sql/sql-tables.ts';
export type { Query, SyncQuery } from './sql/talk.ts';
export { type Committed, type KnownStream, NOTHING, type StoredState } from './store/committed.ts';
export { outdated } from './store/outdated.ts';
export type {
  Commit,
  CountedStream,
  Facts,
  Lock,
  LockRequest,
  Overview,
  Place,
  Problem,
  Row,
  Step,
  Store,
  StreamTotals,
  Verified,
} from './store/store.ts';
export { withCommit } from './store/with-commit.ts';
export { type StoreConfig, storeOptions } from './store-options.ts';
export type { Column, ColumnType } from './verbs/columns.ts';
export { CURSORS, type CursorRow, cursorRows } from './verbs/cursor-rows.ts';
export { cursorsVerb } from './verbs/cursors.ts';
export { type Look, lookVerb } from './verbs/look.ts';
export { stateVerb } from './verbs/state.ts';
export { count, minute, size, table } from './verbs/table.ts';
export { verifyVerb } from './verbs/verify.ts';
export { type StoreVerbs, type VerbStore, withStore } from './verbs/with-store.ts';
