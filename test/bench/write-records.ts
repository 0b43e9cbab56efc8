/**
 * `write-records.ts ours|plain RECORD_SIZE BYTES` turns a few pages into RECORD lines on stdout, in a loop, until at
 * least BYTES are written. Prints the throughput in bytes per second (without start-up and the first BYTES / 4) and
 * the peak memory to stderr.
 */
import { writeSync } from 'node:fs';
import { MessageWriter, recordHead, Selection } from '@headrace/sdk/protocol';
import { pages } from './pages.ts';

const [way, recordSize, total] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const EMITTED_AT = 1_790_000_000_000;

/** Writes one page. Returns the size of its lines in bytes, or a promise of it. */
type WritePage = (page: Buffer) => number | Promise<number>;

/** With the SDK: scan the page, splice the records. */
function ours(): WritePage {
  const selection = new Selection({
    fields: { next: 'nextPageToken' },
    records: 'issues',
    record: {
      id: 'id',
      key: 'key',
      updated: 'fields.updated',
      created: 'fields.created',
      project: 'fields.project.id',
    },
  });
  const writer = new MessageWriter(1);
  const head = recordHead('issues', undefined, EMITTED_AT);
  return async (bytes) => {
    const page = selection.scan(bytes);
    let written = 0;
    for (let row = 0; row < page.count; row++) {
      const context = Buffer.from(
        `"updatedAt":"${page.text(row, 'updated')}","projectId":"${page.text(row, 'project')}"`,
      );
      const data = page.record(row);
      writer.record(head, data, context);
      written += head.length + data.length + context.length + 4;
    }
    await writer.ready();
    return written;
  };
}

interface Issue {
  fields: { updated: string; project: { id: string } };
}

/** With plain Node, as fast as possible: parse the page, stringify each record into a 256 KiB buffer, write that. */
function plain(): WritePage {
  const batch = Buffer.allocUnsafeSlow(1 << 18);
  let filled = 0;
  const flush = () => {
    for (let done = 0; done < filled; ) done += writeSync(1, batch, done, filled - done);
    filled = 0;
  };
  return (bytes) => {
    const { issues } = JSON.parse(bytes.toString()) as { issues: Issue[] };
    let written = 0;
    for (const issue of issues) {
      const data = { ...issue, updatedAt: issue.fields.updated, projectId: issue.fields.project.id };
      const message = { type: 'RECORD', record: { stream: 'issues', emitted_at: EMITTED_AT, data } };
      const line = `${JSON.stringify(message)}\n`;
      if (filled + line.length * 3 > batch.length) flush();
      const length = batch.write(line, filled);
      filled += length;
      written += length;
    }
    return written;
  };
}

const input = pages(recordSize);
const writePage = way === 'ours' ? ours() : plain();
let written = 0;
let from = 0;
let since = 0n;
for (let k = 0; written < total; k++) {
  if (since === 0n && written >= total / 4) {
    from = written;
    since = process.hrtime.bigint();
  }
  written += await writePage(input[k % input.length]!);
}
const seconds = Number(process.hrtime.bigint() - since) / 1e9;
const { maxRSS } = process.resourceUsage();
process.stderr.write(JSON.stringify({ rate: (written - from) / seconds / 1e6, written, rss: maxRSS / 1024 }));
