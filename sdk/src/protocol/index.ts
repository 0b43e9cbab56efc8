/**
 * The Airbyte protocol: message types, a reader and a writer of messages, configured catalogs and scrubbing of
 * secrets. Ajv is loaded only when a catalog is parsed.
 */
export {
  brokenLine,
  excerptOf,
  type ForeignLine,
  type LostData,
  type UnreadableLine,
} from './broken-line.ts';
export { type ConfiguredCatalog, type ConfiguredStream, parseConfiguredCatalog } from './catalog.ts';
export { OutputClosedError } from './fd-writer.ts';
export { isObject } from './is-object.ts';
export { InvalidJsonError } from './json-bytes.ts';
export { inMib, LONGEST_LINE, LONGEST_STATES } from './limits.ts';
export { type LineBatch, readLines } from './lines.ts';
export { LongLine, tooLongLine } from './long-line.ts';
export {
  behindMark,
  type InputLine,
  MessageReader,
  type OtherLine,
  type RecordFacts,
  RecordLine,
  type SeveralLines,
  type StateInput,
} from './message-reader.ts';
export { isEmptyObject, MessageWriter, recordHead } from './message-writer.ts';
export type * from './messages.ts';
export { streamKey } from './messages.ts';
export { Page } from './page.ts';
export { printable, printableJson } from './printable.ts';
export { readChunks } from './read-chunks.ts';
export { MASK, Secrets } from './secrets.ts';
export { Selection, type SelectionPaths } from './selection.ts';
export { type DestinationStats, readState, StateLine, type StateToCommit } from './state-line.ts';
export { partitionsOfState, type StatePartition } from './state-partitions.ts';
export { statesInText } from './states-in-text.ts';
export { tooMuch } from './too-much.ts';
