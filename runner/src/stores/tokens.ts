import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '@headrace/sdk/protocol';
import { isWritten, parseAsWritten, plainNumbers } from '../engine/numbers.ts';
import type { TokenStore } from '../engine/ports.ts';
import { readJson, writeAtomically } from './atomic-write.ts';

interface RotatedValue {
  readonly connector: string;
  readonly path: string;
  readonly value: unknown;
}

/**
 * Rotated tokens as files of mode 0600, one a value: `<folder>/rotated/<hash>.json`. The name is a hash of
 * what is configured: while that stays, the rotated value stands in for it; a new configured value has
 * another name. A secret's own value is its identity, so that all jobs which share a refresh token share
 * what it became; any other value belongs to the whole configuration.
 */
export function fileTokens(folder: string): TokenStore {
  const place = join(folder, 'rotated');
  return {
    async apply(connector, configured, secrets) {
      const rotated = (await readJson(
        join(place, `${hash([connector, configured])}.json`),
        parseAsWritten,
      )) as RotatedValue[] | undefined;
      let config = configured;
      for (const { path, value } of rotated ?? []) config = withValue(config, path.split('.'), value);
      for (const [path, value] of leaves(configured)) {
        if (!isSecret(value, secrets)) continue;
        const stored = (await readJson(
          join(place, `${hash([connector, path, value])}.json`),
          parseAsWritten,
        )) as RotatedValue | undefined;
        if (stored) config = withValue(config, path.split('.'), stored.value);
      }
      return config;
    },
    async save(connector, configured, secrets, rotated) {
      await mkdir(place, { recursive: true, mode: 0o700 });
      const before = new Map(leaves(configured));
      const others: RotatedValue[] = [];
      for (const [path, value] of leaves(rotated)) {
        const old = before.get(path);
        const text = JSON.stringify(value);
        // A connector that reads numbers as doubles sends them back as such: it has not changed them.
        if (text === JSON.stringify(old) || text === JSON.stringify(plainNumbers(old))) continue;
        if (!isSecret(old, secrets)) others.push({ connector, path, value });
        else await store(join(place, `${hash([connector, path, old])}.json`), { connector, path, value });
      }
      if (others.length > 0) await store(join(place, `${hash([connector, configured])}.json`), others);
    },
  };
}

function store(path: string, value: unknown): Promise<void> {
  return writeAtomically(path, `${JSON.stringify(value)}\n`, 0o600);
}

function isSecret(value: unknown, secrets: readonly string[]): value is string {
  return typeof value === 'string' && secrets.includes(value);
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function leaves(value: unknown, path = ''): Array<[string, unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isWritten(value))
    return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}

function withValue(object: JsonObject, [key = '', ...rest]: string[], value: unknown): JsonObject {
  if (rest.length === 0) return { ...object, [key]: value };
  const inner = object[key];
  const next = typeof inner === 'object' && inner !== null ? (inner as JsonObject) : {};
  return { ...object, [key]: withValue(next, rest, value) };
}
