import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '@headrace/sdk/protocol';
import { isObject } from '@headrace/sdk/protocol';
import type { Clock } from '../engine/clock.ts';
import { isWritten, parseAsWritten, plainNumbers } from '../engine/numbers.ts';
import type { Configured, TokenStore } from '../engine/ports.ts';
import { PRIVATE_FOLDER, readJson, writeAtomically } from './atomic-write.ts';
import { giveLock, takeLock } from './lock-file.ts';
import type { Processes } from './processes.ts';

const WAIT_MS = 500;

interface RotatedValue {
  readonly connector: string;
  readonly path: string;
  readonly value: unknown;
}

/**
 * Rotated tokens as files of mode 0600, one per value: `<folder>/rotated/<hash>.json`. The name is a hash of the configured
 * value. While that stays the same, the rotated value replaces it; a new configured value has another hash. A secret is
 * identified by its own value, so that all jobs that share a refresh token share its replacement; any other value belongs
 * to the whole configuration. A refresh token that the vendor replaces can be used once, so each has a lock, and a run
 * that needs it waits for the one that holds the lock.
 */
export function fileTokens(folder: string, processes: Processes, clock: Clock): TokenStore {
  const place = join(folder, 'rotated');
  const fileOf = (parts: readonly unknown[]) => join(place, `${hash(parts)}.json`);
  const lockOf = (file: string) => file.replace(/json$/, 'lock');
  const held = new Set<string>();

  /** The files of the secrets that are known to rotate. */
  function rotating({ connector, configured, secrets }: Configured): string[] {
    return leaves(configured)
      .filter(([, value]) => isSecret(value, secrets))
      .map(([path, value]) => fileOf([connector, path, value]))
      .filter((file) => existsSync(file));
  }

  return {
    async claim(ends, wait) {
      // Always in the same order, so that no two runs wait for each other.
      for (const lock of ends.flatMap(rotating).map(lockOf).sort()) {
        for (let told = false; ; told = true) {
          const holder = takeLock(lock, processes);
          if (holder === undefined) break;
          if (!told) wait.onWait(holder);
          if (!(await clock.sleep(WAIT_MS, wait.signal))) return false;
        }
        held.add(lock);
      }
      return true;
    },
    release() {
      for (const lock of held) giveLock(lock, processes);
      held.clear();
    },
    async apply(connector, configured, secrets) {
      const rotated = readJson(fileOf([connector, configured]), parseAsWritten) as RotatedValue[] | undefined;
      let config = configured;
      for (const { path, value } of rotated ?? []) config = withValue(config, path.split('.'), value);
      for (const [path, value] of leaves(configured)) {
        if (!isSecret(value, secrets)) continue;
        const stored = readJson(fileOf([connector, path, value]), parseAsWritten) as RotatedValue | undefined;
        if (stored) config = withValue(config, path.split('.'), stored.value);
      }
      return config;
    },
    async save(connector, configured, secrets, rotated) {
      await mkdir(place, { recursive: true, mode: PRIVATE_FOLDER });
      const before = new Map(leaves(configured));
      const others: RotatedValue[] = [];
      for (const [path, value] of leaves(rotated)) {
        const old = before.get(path);
        const text = JSON.stringify(value);
        // A connector that reads numbers as doubles sends them back as doubles. They have not changed.
        if (text === JSON.stringify(old) || text === JSON.stringify(plainNumbers(old))) continue;
        if (!isSecret(old, secrets)) {
          others.push({ connector, path, value });
          continue;
        }
        const file = fileOf([connector, path, old]);
        await store(file, { connector, path, value });
        // Now the secret is known to rotate, so later runs have to wait for the lock.
        if (takeLock(lockOf(file), processes) === undefined) held.add(lockOf(file));
      }
      if (others.length > 0) await store(fileOf([connector, configured]), others);
    },
  };
}

function store(path: string, value: unknown): Promise<void> {
  return writeAtomically(path, `${JSON.stringify(value)}\n`);
}

function isSecret(value: unknown, secrets: readonly string[]): value is string {
  return typeof value === 'string' && secrets.includes(value);
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function leaves(value: unknown, path = ''): Array<[string, unknown]> {
  if (!isObject(value) || isWritten(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}

function withValue(object: JsonObject, [key = '', ...rest]: string[], value: unknown): JsonObject {
  if (rest.length === 0) return { ...object, [key]: value };
  const inner = object[key];
  const next = typeof inner === 'object' && inner !== null ? (inner as JsonObject) : {};
  return { ...object, [key]: withValue(next, rest, value) };
}
