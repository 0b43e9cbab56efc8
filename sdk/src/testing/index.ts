/** The test kit for authors of connectors. */

export { type Conformance, conformanceOf } from './coverage.ts';
export { runDestinationConformance, testDestination } from './destination-suite/index.ts';
export type {
  DestinationFixture,
  DestinationSuiteOptions,
  StoredRecord,
} from './destination-suite/options.ts';
export { HOSTILE_KINDS, type HostileFault, type HostileKind } from './hostile-api/faults.ts';
export {
  type HostileApi,
  type HostileApiOptions,
  type HostileEntry,
  startHostileApi,
} from './hostile-api/server.ts';
export { hostileDestination, hostileSource, writeExecutable } from './hostile-programs/command.ts';
export {
  DESTINATION_SINS,
  type Death,
  type DestinationSin,
  type HostileDestinationOptions,
  type HostileSourceOptions,
  SOURCE_SINS,
  type SourceSin,
} from './hostile-programs/options.ts';
export { type InProcess, type InProcessOptions, runArguments, runInProcess } from './in-process.ts';
export {
  type CheckedStream,
  checkMessages,
  type Finding,
  MessageChecker,
  type OutputOf,
} from './messages/check-messages.ts';
export { type TestContext, testContext } from './open-context.ts';
export {
  type ConnectorProcess,
  type Ended,
  runProcess,
  type StartOptions,
  startProcess,
} from './process/connector-process.ts';
export {
  endOf,
  type Output,
  readOutput,
  type SentRecord,
  type SentState,
  statesAfter,
  statusesOf,
} from './process/output.ts';
export type { Progress, ProgressPoint } from './process/progress.ts';
export { type Recorder, type RecorderOptions, startRecorder } from './recording/recorder.ts';
export { type Replay, type ReplayOptions, startReplay } from './recording/replay.ts';
export type { ReplayWindow } from './recording/window.ts';
export { runSourceConformance, testSource } from './source-suite/index.ts';
export type { RotatingFixture, SourceFixture, SourceSuiteOptions } from './source-suite/options.ts';
export { type CatalogFinding, catalogFindings } from './suite/catalog-rules.ts';
export { CheckFailed, CheckSkipped } from './suite/check.ts';
export { catalogChanges, specChanges } from './suite/compatibility.ts';
export type { CheckResult, Only, RegisterTest } from './suite/register.ts';
export { specFindings } from './suite/spec-rules.ts';
export type { TestApiOptions, TestLimit, TestOAuth } from './test-api/options.ts';
export { startTestApi, type TestApi, type TestItem } from './test-api/server.ts';
export type { RouteCount, TestApiStats } from './test-api/stats.ts';
