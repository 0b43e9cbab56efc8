import { isUtf8 } from 'node:buffer';
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Quarantine } from '../engine/ports.ts';

/**
 * Lines that could not be read, one JSON object a line, each with its reason:
 * `<folder>/quarantine/<job>/<run>.jsonl`, of mode 0600. There is no file before the first one.
 */
export function fileQuarantine(folder: string, now: () => number): (job: string, run: number) => Quarantine {
  return (job, run) => {
    const place = join(folder, 'quarantine', job);
    const path = join(place, `${String(run).padStart(6, '0')}.jsonl`);
    let fd: number | undefined;
    let isDirty = false;
    return {
      path,
      add(stream, { line, reason }) {
        if (fd === undefined) {
          mkdirSync(place, { recursive: true, mode: 0o700 });
          fd = openSync(path, 'a', 0o600);
        }
        const at = new Date(now()).toISOString();
        const content = isUtf8(line)
          ? { line: line.toString('utf8') }
          : { line_base64: line.toString('base64') };
        const whose = { stream: stream?.name, namespace: stream?.namespace };
        writeSync(fd, `${JSON.stringify({ at, origin: 'source', ...whose, reason, ...content })}\n`);
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
