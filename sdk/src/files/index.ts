/** @headrace/sdk/files: changes on disk that survive a crash. It loads nothing but Node. */
export { type ReplaceOptions, removeLeftovers, replaceFile, replaceFileSync } from './replace-file.ts';
export { syncFolder } from './sync-folder.ts';
