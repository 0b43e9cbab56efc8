import { isUtf8 } from 'node:buffer';
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '@headrace/sdk/protocol';
import type { JobKey, Quarantine } from '../engine/ports.ts';
import { PRIVATE, PRIVATE_FOLDER } from './atomic-write.ts';

/**
 * Lines that could not be read, one JSON object a line, each with its reason:
 * `<root>/<tenant>/quarantine/<job>/<run>.jsonl`, of mode 0600. The file is created with the first line. A line
 * that is kept here carries records or states and may be the only copy, so it stays as it came (invariants 6 and 7).
 */
export function fileQuarantine(
  root: string,
  now: () => number,
  secrets: Secrets,
): (job: JobKey, run: number) => Quarantine {
  return (job, run) => {
    const place = join(root, job.tenant, 'quarantine', job.name);
    const path = join(place, `${String(run).padStart(6, '0')}.jsonl`);
    let fd: number | undefined;
    let isDirty = false;
    return {
      path,
      add(stream, { line, reason }) {
        if (fd === undefined) {
          mkdirSync(place, { recursive: true, mode: PRIVATE_FOLDER });
          fd = openSync(path, 'a', PRIVATE);
        }
        const at = new Date(now()).toISOString();
        const content = isUtf8(line)
          ? { line: line.toString('utf8') }
          : { line_base64: line.toString('base64') };
        const whose = { stream: stream?.name, namespace: stream?.namespace };
        writeSync(
          fd,
          `${JSON.stringify({ at, origin: 'source', ...whose, reason: secrets.scrub(reason), ...content })}\n`,
        );
        isDirty = true;
      },
      sync() {
        if (fd !== undefined && isDirty) fsyncSync(fd);
        isDirty = false;
      },
      close() {
        this.sync();
        if (fd !== undefined) closeSync(fd);
        fd = undefined;
      },
    };
  };
}
