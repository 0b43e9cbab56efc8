/** The test kit for authors of connectors. */
export { checkMessages, type Finding, type OutputOf } from '../protocol/check-messages.ts';
export type { TestApiOptions, TestLimit } from './test-api/options.ts';
export { startTestApi, type TestApi, type TestItem } from './test-api/server.ts';
export type { RouteCount, TestApiStats } from './test-api/stats.ts';
