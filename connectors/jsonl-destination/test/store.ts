import { Buffer } from 'node:buffer';
import type { DestinationEnv } from '@headrace/sdk';
import { type Copy, type CopyWish, copyFor } from '@headrace/sdk/destination';
import { config, type JsonlConfig } from '../src/config.ts';
import { OpenFiles } from '../src/disk/open-files.ts';
import { codecOf, plain } from '../src/files/codec.ts';
import { type FileMaker, openChunk, openFlat } from '../src/files/layout.ts';
import { Journal } from '../src/journal/journal.ts';
import { changeCopies } from '../src/journal/move-files.ts';
import { settleFiles } from '../src/repair/settle.ts';
import { writeTables } from '../src/tables/tables.ts';

export const KEY = { source: 's', namespace: '', stream: 'a' };
export const OWNER = { source: 's', scope: 'main' };
const NOW = Date.UTC(2026, 10, 20);
/** A run that appends. */
export const WISH: CopyWish = { runId: 'r1', now: NOW, replaces: false, generationId: 0, underWay: false };
const quiet = (): void => undefined;

/** A time that stands still, and nobody to talk to. */
export const env: DestinationEnv = {
  now: () => NOW,
  sleep: () => Promise.reject(new Error('nobody has to wait here')),
  random: () => 0.5,
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  processEnv: {},
};

/** Begins a copy of the stream KEY that one run has written to. */
export function beginCopy(journal: Journal, wish: CopyWish): Copy {
  const { copy, copies, moves } = copyFor(journal.load(OWNER).copies, KEY, OWNER, wish);
  const written = { ...copy, runs: 1 };
  journal.transaction(() => changeCopies(journal, OWNER, { copies: [...copies, written], moves }));
  return written;
}

/** Stores complete files of the stream KEY, one a list of lines, as earlier runs would have left them. */
export async function storeFiles(
  root: string,
  files: ReadonlyArray<readonly string[]>,
  given: Partial<JsonlConfig> = {},
): Promise<Journal> {
  const settings = config.parse({ path: root, envelope: 'none', ...given });
  const journal = await Journal.open(root);
  const flat = settings.layout === 'flat';
  const codec = flat ? plain : codecOf(settings);
  const folders = new Set<string>();
  const copy = beginCopy(journal, WISH);
  for (const [k, lines] of files.entries()) {
    const maker: FileMaker = {
      root,
      runId: `r${k + 1}`,
      config: settings,
      codec,
      journal,
      files: new OpenFiles(),
      folders,
      now: () => NOW,
    };
    const chunk = await (flat ? openFlat : openChunk)(maker, { copy, quarantine: false });
    const block = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const times = { firstEmittedAt: 1000 + k, lastEmittedAt: 2000 + k, ingestedAt: NOW + k };
    await chunk.write(codec.kind === 'blocks' ? await codec.encode(block) : block, {
      records: lines.length,
      bytes: block.length,
      ...times,
    });
    await chunk.seal();
    await chunk.sync();
    await chunk.close();
    const { id, length, sha256 } = chunk;
    if (flat) journal.changeFiles([{ id, length, status: 'flat' }]);
    else journal.changeFiles([{ id, length, status: 'closing', sealed: { sha256: sha256!, closedAt: NOW } }]);
  }
  await settleFiles(root, journal, KEY.source);
  journal.transaction(() => writeTables(journal, root));
  return journal;
}
