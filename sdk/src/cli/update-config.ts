import { Buffer } from 'node:buffer';
import { readFile, realpath, stat } from 'node:fs/promises';
import { ConfigError } from '../errors.ts';
import { replaceFile } from '../files/index.ts';
import type { UpdateConfig } from '../http/index.ts';
import { isObject } from '../protocol/is-object.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { Selection } from '../protocol/selection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { own } from '../spec/own.ts';
import { isResolved } from './config-input.ts';

/** Where a config came from, and who must be told about a change. */
export interface ConfigOrigin {
  /** As given, with references not expanded. */
  readonly raw: JsonObject;
  /** The path given as `--config`. */
  readonly path: string;
  /** `--update-config`. */
  readonly isRewritten: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly writer: MessageWriter;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * Returns the function that stores config values which the vendor has replaced. If somebody consumes CONTROL
 * messages (the platform, the runner, HEADRACE_CONTROL=1), it sends one. With `--update-config` it rewrites the
 * file. Otherwise the new values are not stored.
 */
export function configUpdates(origin: ConfigOrigin): UpdateConfig {
  const { env } = origin;
  if (env.WORKER_JOB_ID !== undefined || env.HEADRACE_CONTROL === '1') return byControl(origin);
  if (origin.isRewritten) return byFile(origin);
  const refuse = async (path: string): Promise<never> => {
    throw new ConfigError(
      `the vendor replaces config.${path} when it is used, and the new value would be lost`,
      {
        code: 'config.would_rotate',
        place: `config.${path}`,
        hint: 'add --update-config to have the --config file rewritten, or let the runner or a platform store the new value',
      },
    );
  };
  return Object.assign(
    async (values: Readonly<Record<string, string>>) => refuse(Object.keys(values).join(', ')),
    {
      required: refuse,
    },
  );
}

/** @throws ConfigError if `--update-config` has no file to rewrite */
export function checkRewritable(path: string, isRewritten: boolean): void {
  if (!isRewritten || path !== '-') return;
  throw new ConfigError('a configuration from standard input cannot be rewritten', {
    code: 'cli.update_config_stdin',
    place: '--update-config',
    hint: 'give the configuration as a file',
  });
}

function byControl({ raw, env, writer, clock }: ConfigOrigin): UpdateConfig {
  let config = raw;
  return async (values) => {
    writer.secrets.add(Object.values(values));
    for (const [path, value] of Object.entries(values))
      config = withValue(config, path.split('.'), written(value, env));
    writer.message({
      type: 'CONTROL',
      control: { type: 'CONNECTOR_CONFIG', emitted_at: clock.now(), connectorConfig: { config } },
    });
    // The message survives our exit only after the operating system has taken it.
    await writer.flush();
  };
}

function byFile({ path: file, env, writer, log }: ConfigOrigin): UpdateConfig {
  const warned = new Set<string>();
  const rewrite = (place: string, change: (content: Buffer) => Buffer): Promise<void> =>
    rewriteFile(file, change).catch((error: unknown) => {
      throw new ConfigError(`the configuration cannot be rewritten: ${(error as Error).message}`, {
        code: 'config.not_rewritable',
        place,
        hint: 'its folder must be writable: the file is replaced, not edited in place',
        cause: error,
      });
    });
  const update = async (values: Readonly<Record<string, string>>): Promise<void> => {
    writer.secrets.add(Object.values(values));
    const replaced: string[] = [];
    await rewrite(`config.${Object.keys(values).join(', ')}`, (content) => {
      let bytes = content;
      for (const [path, value] of Object.entries(values)) {
        const [changed, was] = replaceValue(bytes, path, written(value, env));
        bytes = changed;
        if (!isResolved(env) && typeof was === 'string' && was.includes('${')) replaced.push(path);
      }
      return bytes;
    });
    for (const path of replaced.filter((one) => !warned.has(one))) {
      warned.add(path);
      log.warn(
        `config.${path} named an environment variable; the vendor has replaced the value, which is now in ${file}`,
      );
    }
  };
  // A dry run: find out that the file can't be written before the old token is used up.
  return Object.assign(update, {
    required: (path: string) => rewrite(`config.${path}`, (content) => content),
  });
}

/**
 * Replaces a file's content with the result of `change`. Mode and owner are kept, and a symbolic link still points to
 * the same file.
 * @throws Error from the system, or if the path is not a regular file; the file is then unchanged
 */
async function rewriteFile(path: string, change: (content: Buffer) => Buffer): Promise<void> {
  const real = await realpath(path);
  const before = await stat(real);
  if (!before.isFile()) throw new Error('it is not a regular file');
  await replaceFile(real, change(await readFile(real)), { mode: before.mode, owner: before });
}

/** A value as it must be written in a config whose references are expanded when it is read again. */
function written(value: string, env: ConfigOrigin['env']): string {
  return isResolved(env) ? value : value.replaceAll('$', '$$$$');
}

const BOM = Buffer.from('\ufeff');

/** The text of a config with one value replaced and every other byte kept, plus the previous value. */
export function replaceValue(content: Buffer, path: string, value: string): [Buffer, unknown] {
  const head = content.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  const page = new Selection({ fields: { value: path } }).scan(content.subarray(head));
  const span = page.fieldSpan('value');
  if (!span) {
    const config = JSON.parse(content.toString('utf8', head)) as JsonObject;
    return [
      Buffer.from(`${JSON.stringify(withValue(config, path.split('.'), value), null, 2)}\n`),
      undefined,
    ];
  }
  return [
    Buffer.concat([
      content.subarray(0, head + span[0]),
      Buffer.from(JSON.stringify(value)),
      content.subarray(head + span[1]),
    ]),
    page.field('value'),
  ];
}

function withValue(object: JsonObject, [key = '', ...rest]: string[], value: string): JsonObject {
  if (rest.length === 0) return { ...object, [key]: value };
  const inner = own(object, key);
  return { ...object, [key]: withValue(isObject(inner) ? inner : {}, rest, value) };
}
