/** The test kit for authors of connectors. */
export { checkMessages, type Finding, type OutputOf } from '../protocol/check-messages.ts';
export { HOSTILE_KINDS, type HostileFault, type HostileKind } from './hostile-api/faults.ts';
export {
  type HostileApi,
  type HostileApiOptions,
  type HostileEntry,
  startHostileApi,
} from './hostile-api/server.ts';
export type { TestApiOptions, TestLimit } from './test-api/options.ts';
export { startTestApi, type TestApi, type TestItem } from './test-api/server.ts';
export type { RouteCount, TestApiStats } from './test-api/stats.ts';
