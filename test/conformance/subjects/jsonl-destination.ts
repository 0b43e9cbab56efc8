import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { StateMessage } from '@headrace/sdk/protocol';
import type { DestinationFixture, DestinationSuiteOptions, StoredRecord } from '@headrace/sdk/testing';
import { binary } from './binaries.ts';

const COMMAND = binary('jsonl-destination');

async function start(more: object = {}): Promise<DestinationFixture> {
  const root = mkdtempSync(join(tmpdir(), 'headrace-conformance-'));
  const path = join(root, 'place', 'bronze');
  const config = {
    path,
    allow_ephemeral: true,
    source: 's',
    envelope: 'flat',
    commit_seconds: 0.05,
    commit_mb: 0.5,
    ...more,
  };
  const file = join(root, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  return {
    config,
    badConfig: { ...config, path: '/proc/nowhere' },
    stored: () => storedIn(path),
    states: () =>
      JSON.parse(execFileSync(COMMAND, ['state', '--config', file], { encoding: 'utf8' })) as StateMessage[],
    strays: () => [
      ...readdirSync(root).filter((name) => name !== 'place' && name !== 'config.json'),
      ...(existsSync(join(root, 'place'))
        ? readdirSync(join(root, 'place')).filter((name) => name !== 'bronze')
        : []),
    ],
    stop: () => rmSync(root, { recursive: true, force: true }),
  };
}

/**
 * The namespace of a stream's folder, which is below the folder of its source: `shop.orders`, with other bytes as
 * %XX.
 */
function namespaceOf(folder: string): string | undefined {
  const [namespace, name] = folder.split('.');
  return name === undefined ? undefined : decodeURIComponent(namespace!);
}

/** Every record in a final file. The envelope names the stream, the folder names the namespace. */
function* storedIn(path: string): Generator<StoredRecord> {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.jsonl(\.gz)?$/.test(entry.name) || entry.parentPath.includes('_quarantine'))
      continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    const namespace = namespaceOf(relative(join(path, 's'), entry.parentPath).split('/')[0]!);
    const text = (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    for (const line of text.split('\n').slice(0, -1)) {
      const { __source, __stream, __ingested_at_utc, __run_id, ...data } = JSON.parse(line) as Record<
        string,
        unknown
      >;
      yield { stream: String(__stream), namespace, data };
    }
  }
}

export const jsonlDestination: DestinationSuiteOptions = {
  command: [COMMAND],
  start: () => start(),
  exactlyOnce: true,
  // Limit files to 4 MB, which looks like a full disk to the process.
  startFull: async () => ({
    ...(await start({ layout: 'flat' })),
    command: ['sh', '-c', 'ulimit -f 8192; exec "$0" "$@"', COMMAND],
  }),
};
