/** Destinations: how one is defined, and the write loop that all of them share. */
export type {
  AnyDestination,
  DestinationDefinition,
  DestinationEnv,
  Verb,
  VerbCall,
  VerbOption,
} from './define.ts';
export { defineDestination } from './define.ts';
export { checkModes, type WriteCatalog } from './modes.ts';
export type { SignalSource } from './signals.ts';
export { readState } from './state-line.ts';
export { runWrite, type WriteRequest } from './write.ts';
export type { CommitPolicy, DestinationWriter, RunStart, StateToCommit, StreamSink } from './writer.ts';
