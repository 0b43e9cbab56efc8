import type { AnyDestination, DestinationEnv, Verb } from '../destination/define.ts';
import { runWrite } from '../destination/write.ts';
import { asHeadraceError, ConfigError, formatError } from '../errors.ts';
import { errorTrace } from '../protocol/error-trace.ts';
import { readChunks } from '../protocol/lines.ts';
import type { ConnectorSpecification, JsonObject } from '../protocol/messages.ts';
import { printable } from '../protocol/printable.ts';
import { Secrets } from '../protocol/secrets.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { readCatalog } from './catalog-input.ts';
import { type LoadedConfig, readConfig, resolveConfig } from './config-input.ts';
import type { Session } from './session.ts';
import { checkStatus } from './source-commands.ts';
import { writeAll } from './stdio.ts';

export interface DestinationFlags {
  readonly config?: string;
  readonly catalog?: string;
  readonly source?: string;
}

export interface DestinationProcess {
  readonly destination: AnyDestination;
  readonly spec: ConnectorSpecification;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

export async function runDestinationCheck(
  of: DestinationProcess,
  session: Session,
  flags: DestinationFlags,
): Promise<number> {
  return checkStatus(session, async () => {
    const { config, secrets } = load(of, await rawConfig(flags));
    session.writer.secrets.add(secrets);
    await of.destination.check(config, environment(of, session.log, flags));
  });
}

export async function runDestinationWrite(
  of: DestinationProcess,
  session: Session,
  flags: DestinationFlags,
): Promise<number> {
  if (flags.config === '-') {
    throw new ConfigError('write reads messages from standard input, so the configuration must be a file', {
      code: 'cli.stdin_is_messages',
      place: '--config',
    });
  }
  const { config, secrets } = load(of, await rawConfig(flags));
  session.writer.secrets.add(secrets);
  return runWrite({
    definition: of.destination,
    config,
    catalog: await readCatalog(flags.catalog),
    input: readChunks(STDIN, undefined, 'reused'),
    output: session.writer,
    env: environment(of, session.log, flags),
    signals: process,
  });
}

/**
 * Runs one of a destination's own commands. Its output goes to stdout for the next command in a pipe; messages for
 * people go to stderr as plain text.
 */
export async function runVerb(
  of: DestinationProcess,
  verb: Verb<unknown>,
  flags: DestinationFlags & Record<string, unknown>,
): Promise<number> {
  const known = new Secrets();
  const say = (text: string): void => writeAll(STDERR, `${known.scrub(text)}\n`);
  const log = createLog(of.env.LOG_LEVEL ?? 'info', (level, message) => {
    const text = printable(known.scrub(message), '  │ ');
    say(level === 'INFO' ? text : `${level}: ${text}`);
  });
  try {
    const { config, secrets } = load(of, await rawConfig(flags));
    known.add(secrets);
    const options = flags as Readonly<Record<string, string | boolean | undefined>>;
    return await verb.run({
      config,
      options,
      out: (line) => writeAll(STDOUT, `${line}\n`),
      env: environment(of, log, flags),
    });
  } catch (thrown) {
    const error = asHeadraceError(thrown);
    say(formatError(error));
    // The runner reads stdout and not stderr: there the error keeps its code, place and hint.
    if (of.env.HEADRACE_CONTROL === '1') {
      const trace = { type: 'ERROR', emitted_at: systemClock.now(), error: errorTrace(error) };
      writeAll(STDOUT, `${JSON.stringify(known.scrubValue({ type: 'TRACE', trace }))}\n`);
    }
    return 1;
  }
}

async function rawConfig({ config }: DestinationFlags): Promise<JsonObject> {
  return config === undefined ? {} : readConfig(config);
}

function load({ destination, spec, env }: DestinationProcess, raw: JsonObject): LoadedConfig {
  return resolveConfig(raw, spec, destination.config, env);
}

function environment({ env }: DestinationProcess, log: Log, { source }: DestinationFlags): DestinationEnv {
  return { ...systemClock, random: Math.random, log, processEnv: env, source };
}
