import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError, didYouMean, own } from '@headrace/sdk/spec';
import { parseWithDigits } from '../engine/numbers.ts';
import { parseEnvText } from './env-text.ts';
import { exposure } from './exposed.ts';
import { readText } from './text-file.ts';

/**
 * The secrets of a tenant: `secrets/<tenant>/<name>.json`, `<name>.env`, or `<name>` and `<name>.txt` as plain
 * text. Files are read when a value is needed; each value is reported to `learned` (invariant 6).
 */
export function secretFiles(
  folder: string,
  { learned, warn }: { learned(value: string): void; warn(message: string): void },
): (reference: string) => string {
  const read = (name: string, file: string): string | undefined => {
    const path = join(folder, file);
    try {
      const text = readText(path);
      const exposed = exposure(path, `secrets/${basename(folder)}/${file}`, 2);
      if (exposed !== undefined) warn(exposed);
      return text;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw new ConfigError(`the secret ${name} cannot be read: ${message}`, {
        code: 'config.secret_unreadable',
      });
    }
  };
  return (reference) => {
    const [name = '', ...keys] = reference.split('.');
    const key = keys.join('.');
    if (!/^[\w-]+$/.test(name)) {
      throw new ConfigError(`secret:${reference} is no name of a secret`, {
        code: 'config.bad_reference',
        hint: 'write ${secret:name.key} or ${secret:name}',
      });
    }
    const value = key === '' ? plain(folder, name, read) : keyed(folder, name, key, read);
    learned(value);
    return value;
  };
}

/** Undefined if there is no such file. */
type Read = (name: string, file: string) => string | undefined;

function plain(folder: string, name: string, read: Read): string {
  const file = [name, `${name}.txt`].find((one) => read(name, one) !== undefined);
  if (file === undefined) throw missing(folder, name, `${name} or ${name}.txt`);
  const text = (read(name, file) as string).replace(/\r?\n$/, '');
  if (/[\r\n]$/.test(text))
    throw new ConfigError(`the secret file ${file} ends with empty lines`, {
      code: 'config.secret_damaged',
      hint: 'one line break at its end is not part of the secret; delete the others',
    });
  return text;
}

function keyed(folder: string, name: string, key: string, read: Read): string {
  const json = read(name, `${name}.json`);
  const env = json === undefined ? read(name, `${name}.env`) : undefined;
  if (json === undefined && env === undefined) throw missing(folder, name, `${name}.json or ${name}.env`);
  const values = json === undefined ? parseEnvText(env as string) : parse(json, `${name}.json`);
  const value = key
    .split('.')
    .reduce<unknown>(
      (at, part) =>
        typeof at === 'object' && at !== null ? own(at as Record<string, unknown>, part) : undefined,
      values,
    );
  // Numbers keep their digits: an id may have more than a double can hold.
  if (typeof value === 'string') return value;
  if (value !== undefined)
    throw new ConfigError(`the secret ${name}.${key} is neither text nor a number`, {
      code: 'config.secret_not_text',
      hint: 'quote it in the file, or name a value inside it',
    });
  const near = didYouMean(key, Object.keys(values));
  throw new ConfigError(`the secret ${name} has no ${key}`, {
    code: 'config.secret_not_found',
    hint: near ? `did you mean ${name}.${near}?` : undefined,
  });
}

function parse(text: string, file: string): object {
  try {
    return parseWithDigits(text) as object;
  } catch {
    // The message of JSON.parse quotes the text, which is secret (invariant 6).
    throw new ConfigError(`the secret file ${file} is not valid JSON`, { code: 'config.secret_damaged' });
  }
}

function missing(folder: string, name: string, files: string): ConfigError {
  const there = list(folder).map((file) => file.replace(/\.(json|env|txt)$/, ''));
  const near = didYouMean(name, there);
  return new ConfigError(`there is no secret ${name}`, {
    code: 'config.secret_not_found',
    hint: near ? `did you mean ${near}?` : `put it into ${files} in the tenant's folder under secrets/`,
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
