/** @headrace/faros runs faros-airbyte-cdk sources on the Headrace runtime. */
export type { FarosSource, FarosStream } from './cdk.ts';
export { fromFaros } from './from-faros.ts';
export type { FarosOptions } from './options.ts';
export { type FarosEntry, runFaros } from './run-faros.ts';
