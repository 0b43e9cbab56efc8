/** The test kit for authors of connectors. */
export { checkMessages, type Finding, type OutputOf } from '../protocol/check-messages.ts';
