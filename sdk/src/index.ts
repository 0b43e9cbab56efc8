/** @headrace/sdk: what every connector is made of. */
export { readCatalog } from './cli/catalog-input.ts';
export { type ConnectorEntry, runConnector } from './cli/run-connector.ts';
export {
  type AnyDestination,
  type DestinationDefinition,
  type DestinationEnv,
  defineDestination,
  type Verb,
  type VerbCall,
  type VerbOption,
} from './destination/define.ts';
export { refuseNoPath } from './destination/folder-path.ts';
export type {
  CommitPolicy,
  DestinationWriter,
  RunStart,
  StreamCounts,
  StreamSink,
} from './destination/writer.ts';
export {
  ConfigError,
  ConfigErrors,
  DataError,
  type ErrorDetails,
  formatError,
  HeadraceError,
  isHeadraceError,
  SystemError,
  ThrottledError,
  TransientError,
} from './errors.ts';
export {
  type Answer,
  type ApiRequest,
  type Auth,
  anonymous,
  apiKey,
  type Budget,
  basic,
  bearer,
  byStatus,
  type CallOptions,
  type ChainSignals,
  type Classify,
  type ErrorsIn,
  type HttpClient,
  type HttpOptions,
  ifFound,
  isShortList,
  isTooHeavy,
  jsonOf,
  keepRows,
  Limiter,
  type LimiterEnv,
  type Limits,
  type OAuth2ClientOptions,
  type OAuth2RefreshOptions,
  type OffsetPaging,
  oauth2ClientCredentials,
  oauth2Refresh,
  type PrefixSplit,
  pageOf,
  pageOfLoose,
  pagesByLink,
  pagesByNextUrl,
  pagesByOffset,
  pagesByToken,
  type Restart,
  RetryAnswer,
  ShortListError,
  type Skim,
  sentence,
  splitByPrefix,
  type TokenPaging,
  type UpdateConfig,
  type Verdict,
  webPageOf,
} from './http/index.ts';
export { Page, Selection } from './protocol/index.ts';
export { instantOf, isoUtc } from './protocol/instant.ts';
export { pageOfRecords, recordsOf } from './protocol/records-page.ts';
export { readState, type StateToCommit } from './protocol/state-line.ts';
export type { Log } from './runtime/log.ts';
export { type Input, readInput } from './runtime/read-input.ts';
export { type ChildPagesOptions, childPages } from './source/child-pages.ts';
export { type ChildrenOptions, childrenOf } from './source/children-of.ts';
export type { Cursor, CursorEnv, Scan, ScanPart, WholeCursor } from './source/cursor.ts';
export {
  type Census,
  type CensusCalls,
  type CensusChange,
  type CensusOptions,
  census,
  type Fate,
} from './source/cursors/census.ts';
export { changedOnly } from './source/cursors/changed-only.ts';
export { type HeadsFrom, type HeadsOptions, heads } from './source/cursors/heads.ts';
export { eachPartition, migrations, type PartitionStates } from './source/cursors/migrations.ts';
export {
  childrenPage,
  type OpenChildrenOptions,
  openChildren,
  parentOf,
} from './source/cursors/open-children.ts';
export { openSet } from './source/cursors/open-set.ts';
export type { OpenRange, OpenSetOptions } from './source/cursors/open-set-options.ts';
export type { Order } from './source/cursors/order-value.ts';
export { type Owed, owed } from './source/cursors/owed.ts';
export { resumable, type TokenFrom } from './source/cursors/resumable.ts';
export type { CountRows, SplitOptions, TimeRange } from './source/cursors/split-window.ts';
export { type TimeWindowOptions, timeWindow } from './source/cursors/time-window.ts';
export { type MovedOptions, whenMoved, withReadAt } from './source/cursors/when-moved.ts';
export { type OwedParents, withOwed } from './source/cursors/with-owed.ts';
export {
  type Declared,
  defineStream,
  type IncrementalPart,
  type Listing,
  type OpenStream,
  type Owe,
  type Partition,
  type ReadContext,
  type Stream,
  type StreamBase,
  type StreamDefinition,
  type Watch,
  type WholePart,
} from './source/define.ts';
export {
  type AnySource,
  defineSource,
  type JsonSchemaConfig,
  type OpenContext,
  type Reading,
  type References,
  type SourceDefinition,
} from './source/define-source.ts';
export { type DetailOptions, detailPages } from './source/detail-pages.ts';
export { type Gathered, gathered } from './source/gathered.ts';
export { pagesByIds } from './source/halved.ts';
export { PassOver } from './source/pass-over.ts';
export { type PassedOver, passedOver } from './source/passed-over.ts';
export {
  defineScan,
  type EntriesDefinition,
  type LateRecords,
  type OwnedPage,
  type Parent,
  type RecordsDefinition,
  type ScanContext,
  type ScanDefinition,
  type ScanWindow,
  type SharedScan,
} from './source/scan/define.ts';
export { type Entries, entriesByTime } from './source/scan/entries.ts';
export { entriesByBytes } from './source/scan/entries-by-bytes.ts';
export { type Select, selectOf } from './source/select.ts';
export { sharedList } from './source/shared-list.ts';
export { workAhead } from './source/work-ahead.ts';
export { isPattern, nameMatcher } from './spec/name-matcher.ts';
export { type NamesToFind, namesGone } from './spec/names-gone.ts';
