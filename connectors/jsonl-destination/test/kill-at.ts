/**
 * Preloaded (`node --import`): kills its own process with SIGKILL before the step number KILL_AT. A step is what
 * changes the disk for somebody else: a write, a sync, a rename, a removal, a commit.
 */
import fs from 'node:fs';
import promises, { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const at = Number(process.env.KILL_AT);
let steps = 0;

function step(): void {
  if (++steps === at) process.kill(process.pid, 'SIGKILL');
}

function counted<T extends object>(owner: T, names: ReadonlyArray<keyof T>): void {
  for (const name of names) {
    const original = owner[name] as (...values: unknown[]) => unknown;
    Object.assign(owner, {
      [name](this: unknown, ...values: unknown[]) {
        step();
        return original.apply(this, values);
      },
    });
  }
}

const probe = await open('/dev/null', 'r');
counted(Object.getPrototypeOf(probe) as FileHandle, ['sync', 'write']);
await probe.close();
counted(fs, ['renameSync', 'fsyncSync', 'writeSync']);
counted(promises, ['rename', 'rm']);
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
  if (/\bcommit$/.test(sql)) step();
  return exec.call(this, sql);
};
syncBuiltinESMExports();
