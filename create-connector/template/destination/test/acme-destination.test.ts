import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type DestinationFixture, type StoredRecord, testDestination } from '@headrace/sdk/testing';

/** An empty place to write to, and how to read back what landed there. */
async function start(): Promise<DestinationFixture> {
  const root = mkdtempSync(join(tmpdir(), 'acme-destination-'));
  const path = join(root, 'records');
  return {
    config: { path, commit_seconds: 0.05 },
    // A device is no folder.
    badConfig: { path: '/dev/null/records' },
    stored: () => storedIn(path),
    strays: () => readdirSync(root).filter((name) => name !== 'records'),
    stop: () => rmSync(root, { recursive: true }),
  };
}

/** What a reader of the folder sees. A last line that is cut is not there yet. */
function* storedIn(path: string): Generator<StoredRecord> {
  for (const name of existsSync(path) ? readdirSync(path) : []) {
    const lines = readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1);
    for (const line of lines) {
      const { stream, namespace, data } = JSON.parse(line) as StoredRecord;
      yield { stream, namespace, data };
    }
  }
}

// Airbyte's rules, against the built program: what is echoed when, what is there after a kill.
describe('acme-destination', { concurrency: 4 }, () => {
  testDestination({ test, command: ['bin/acme-destination'], start });
});
