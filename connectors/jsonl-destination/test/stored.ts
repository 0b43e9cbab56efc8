import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** Data files under a folder in the order of their names, relative to it. */
export function dataFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.includes('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return files.sort();
}

/** The lines that stand in the data files under a folder, file by file. */
export function storedLines(folder: string): string[] {
  return dataFiles(folder).flatMap((name) => linesOfFile(join(folder, name)));
}

/** The lines of one data file. */
export function linesOfFile(file: string): string[] {
  const bytes = readFileSync(file);
  const text = plain(file, bytes).toString();
  if (text !== '' && !text.endsWith('\n')) throw new Error(`${file} ends in the middle of a line`);
  return text.split('\n').slice(0, -1);
}

function plain(file: string, bytes: Buffer): Buffer {
  if (/\.gz(\.open)?$/.test(file)) return gunzipSync(bytes);
  return file.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
}
