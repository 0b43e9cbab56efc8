import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { DestinationEnv, DestinationWriter, StreamSink } from '@headrace/sdk';
import { RecordLine } from '@headrace/sdk/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { config, type JsonlConfig } from '../src/config.ts';
import { Journal } from '../src/journal/journal.ts';
import type { FileRow } from '../src/journal/journal-rows.ts';
import { jsonlWriter } from '../src/store/writer.ts';
import { SyncLedger } from './power-loss.ts';
import { dataFiles, storedLines } from './stored.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headrace-commit-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
  rmSync(`${root}-copy`, { recursive: true, force: true });
});

const NOW = Date.UTC(2026, 10, 20);

async function begin(
  path: string,
  runId: string,
  given: Partial<JsonlConfig> = {},
  blockBytes = '1024',
): Promise<DestinationWriter> {
  const quiet = () => undefined;
  const env: DestinationEnv = {
    now: () => NOW,
    sleep: () => Promise.reject(new Error('nobody has to wait here')),
    random: () => 0.5,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    processEnv: { HEADRACE_BLOCK_BYTES: blockBytes, HEADRACE_LOCK_WAIT_MS: '0' },
  };
  const settings = config.parse({ path, source: 's', envelope: 'none', run_id: runId, ...given });
  const writer = jsonlWriter(settings, env);
  await writer.begin({
    sourceName: undefined,
    streams: [],
    stateCommit: undefined,
    signal: new AbortController().signal,
  });
  return writer;
}

function write(sink: StreamSink, from: number, to: number): void {
  for (let k = from; k < to; k++) {
    sink.write(RecordLine.of('a', JSON.stringify({ k, pad: 'x'.repeat(100) })));
  }
}

const at = (n: number) => [
  {
    kind: 'STREAM' as const,
    stream: { name: 'a' },
    json: `{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"at":${n}}}}`,
  },
];

const numbers = (path: string): number[] =>
  storedLines(join(path, 's')).map((line) => JSON.parse(line).k as number);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

describe('a commit', () => {
  it('covers what stood before its states, not what was marked and written while it ran', async () => {
    const writer = await begin(root, 'r1');
    const sink = writer.stream({ name: 'a' }, undefined);
    write(sink, 0, 30);
    sink.mark();
    const commit = writer.commit(at(30), new Map());
    write(sink, 30, 60);
    sink.mark();
    write(sink, 60, 90);
    await commit;
    await writer.abort();
    const next = await begin(root, 'r2');
    expect(numbers(root)).toEqual(upTo(30));
    await next.end();
  });

  it('covers nothing behind its mark of a file that is full meanwhile', async () => {
    const small = { compression: 'none', max_file_mb: 0.004 } as const;
    const writer = await begin(root, 'r1', small);
    const sink = writer.stream({ name: 'a' }, undefined);
    write(sink, 0, 5);
    sink.mark();
    write(sink, 5, 100);
    // The file of the first five is full and sealed.
    while (!existsSync(join(root, 's')) || dataFiles(join(root, 's')).length < 2) await turn();
    await writer.commit(at(5), new Map());
    await writer.abort();
    const next = await begin(root, 'r2', small);
    expect(numbers(root)).toEqual(upTo(5));
    await next.end();
  });

  it('knows the sum of a big file, whose blocks are used again as soon as they are written and hashed', async () => {
    const writer = await begin(root, 'r1', { compression: 'none' }, String(1 << 20));
    const sink = writer.stream({ name: 'a' }, undefined);
    for (let k = 0; k < 64; k++) {
      sink.write(
        RecordLine.of('a', JSON.stringify({ k, pad: String.fromCharCode(97 + (k % 26)).repeat(500_000) })),
      );
      await writer.ready();
    }
    sink.mark();
    await writer.commit(at(64), new Map());
    await writer.end();
    const journal = await Journal.open(root);
    const [file] = journal.filesOf({ source: 's', namespace: '', stream: 'a' });
    journal.close();
    const bytes = readFileSync(join(root, file!.path));
    expect(file!.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('keeps states of one kind: the last', async () => {
    const writer = await begin(root, 'r1');
    writer.stream({ name: 'a' }, undefined);
    const all = { kind: 'GLOBAL', stream: undefined, json: '{"type":"GLOBAL","global":{}}' } as const;
    const kinds: string[][] = [];
    for (const states of [at(1), [all], at(2)]) {
      await writer.commit(states, new Map());
      const journal = await Journal.open(root);
      kinds.push(journal.load({ source: 's', scope: 'main' }).states.map(({ kind }) => kind));
      journal.close();
    }
    await writer.end();
    expect(kinds).toEqual([['STREAM'], ['GLOBAL'], ['STREAM']]);
  });

  it('that put a growing file in the place of a shorter one is finished where it was killed before the rename', async () => {
    const flat = { layout: 'flat' } as const;
    const first = await begin(root, 'r1', flat);
    const sink = first.stream({ name: 'a' }, undefined);
    write(sink, 0, 3);
    sink.mark();
    await first.commit(at(3), new Map());
    await first.end();
    const journal = await Journal.open(root);
    const [old] = journal.filesOf({ source: 's', namespace: '', stream: 'a' }) as [FileRow];
    const lines = Buffer.concat([readFileSync(join(root, old.path)), Buffer.from('{"k":3}\n')]);
    writeFileSync(join(root, `${old.path}.open`), lines);
    const length = { ...old, records: 4, bytes: lines.length, compressedBytes: lines.length };
    journal.transaction(() => {
      journal.addFile({ ...old, runId: 'r2', status: 'closing' }, length);
      journal.setStatus([old.id], 'removing');
    });
    journal.close();
    await (await begin(root, 'r3', flat)).end();
    expect(dataFiles(root)).toEqual(['s/a.jsonl']);
    expect(numbers(root)).toEqual(upTo(4));
  });

  it('leaves a held growing file as it is, whatever a rewrite that was killed has left beside it', async () => {
    const flat = { layout: 'flat' } as const;
    const asked = { name: 'a', syncMode: 'full_refresh', destinationSyncMode: 'overwrite' } as const;
    const first = await begin(root, 'r1', flat);
    const sink = first.stream({ name: 'a' }, asked as never);
    write(sink, 0, 3);
    sink.mark();
    await first.commit(at(3), new Map());
    await first.end();
    expect(dataFiles(root)).toEqual(['s/a.jsonl.open']);
    writeFileSync(join(root, 's/a.jsonl.open.sealing'), '{"k":0}\n');
    await (await begin(root, 'r2', flat)).end();
    expect(dataFiles(root)).toEqual(['s/a.jsonl.open']);
    expect(numbers(root)).toEqual(upTo(3));
  });

  it('adds to what the run has counted before', async () => {
    const writer = await begin(root, 'r1');
    const stream = { name: 'a' };
    writer.stream(stream, undefined);
    const counts = (stored: number) => new Map([[stream, { stored, quarantined: 1, rolledBack: 0 }]]);
    for (const stored of [2, 5, 5]) await writer.commit(at(stored), counts(stored));
    await writer.end();
    const journal = await Journal.open(root);
    const sums = journal.all('select stored, quarantined, rolled_back from counts');
    journal.close();
    expect(sums).toEqual([{ stored: 5, quarantined: 1, rolled_back: 0 }]);
  });

  it('closes every file, whenever its stream ends while a commit is under way', async () => {
    for (let turns = 0; turns < 25; turns++) {
      const path = join(root, String(turns));
      const writer = await begin(path, 'r1');
      const sink = writer.stream({ name: 'a' }, undefined);
      write(sink, 0, 5);
      sink.mark();
      const commit = writer.commit(at(5), new Map());
      for (let k = 0; k < turns; k++) await turn();
      sink.complete?.('said');
      await commit;
      await writer.end();
      expect([turns, dataFiles(join(path, 's')).filter((name) => name.endsWith('.open'))]).toEqual([
        turns,
        [],
      ]);
      expect(numbers(path)).toEqual(upTo(5));
    }
  });

  it('survives a loss of power also in folders that a killed run had made and not synced', async () => {
    const ledger = new SyncLedger();
    await ledger.listen();
    try {
      mkdirSync(join(root, 's/a/2026/11/20'), { recursive: true });
      const writer = await begin(root, 'r1');
      const sink = writer.stream({ name: 'a' }, undefined);
      write(sink, 0, 10);
      sink.mark();
      await writer.commit(at(10), new Map());
      // 0: whatever can vanish does.
      ledger.cutPower(root, `${root}-copy`, () => 0);
      await writer.abort();
      const next = await begin(`${root}-copy`, 'r2');
      expect(numbers(`${root}-copy`)).toEqual(upTo(10));
      await next.end();
    } finally {
      ledger.stop();
    }
  });
});
