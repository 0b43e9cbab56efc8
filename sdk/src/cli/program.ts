import { isatty } from 'node:tty';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { ConnectorSpecification } from '../protocol/messages.ts';
import { type ConnectorEntry, printSpec } from './run-connector.ts';
import type { Session } from './session.ts';
import type { SourceFlags, SourceProcess } from './source-commands.ts';

const EXIT_CODES = `
Exit codes: 0 done (also for a check that reports FAILED for something that you can fix), 1 failed or incomplete.`;

/** How long a source has to emit its last safe state after it is told to stop. */
const LONGEST_DRAIN_MS = 10_000;

/**
 * Parses the arguments with commander and runs the command. A command's code is loaded only when that command is
 * chosen.
 */
export async function runProgram(entry: ConnectorEntry): Promise<void> {
  const program = new Command(entry.name)
    .version(entry.version)
    .description(`${entry.name}: an Airbyte-protocol ${entry.kind}`)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .showSuggestionAfterError();
  program
    .command('spec')
    .description('print the configuration schema')
    .action(() => printSpec(entry));
  const args = argumentsOf(entry);
  try {
    // A destination's verbs are part of its definition, and `spec` must not wait for that to load.
    if (entry.kind === 'source') addSourceCommands(program, entry);
    else if (args[2] !== 'spec')
      await (await import('./destination-program.ts')).addDestinationCommands(program, entry, withSession);
    await program.parseAsync(args);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has already printed the error to stderr. A wrong command line is a failure; --help and --version
    // are not.
    process.exitCode = error.exitCode === 0 ? 0 : 1;
  }
}

/** A destination without a verb runs `write` if messages are piped into it. */
function argumentsOf(entry: ConnectorEntry): string[] {
  const [node = '', script = '', ...rest] = process.argv;
  const asksForHelp = rest.some((arg) => ['-h', '--help', '--version', '-V', 'help'].includes(arg));
  const hasVerb = rest[0] !== undefined && !rest[0].startsWith('-');
  const write = entry.kind === 'destination' && !hasVerb && !asksForHelp && !isatty(0);
  return write ? [node, script, 'write', ...rest] : process.argv;
}

function addSourceCommands(program: Command, entry: ConnectorEntry): void {
  const run = (command: 'runCheck' | 'runDiscover' | 'runRead') => (flags: SourceFlags) =>
    withSession('abort', async (session, signal) => {
      const commands = await import('./source-commands.ts');
      const source = (await entry.load()).default as SourceProcess['source'];
      return commands[command](
        { source, spec: (await entry.spec()) as ConnectorSpecification, session, signal, env: process.env },
        flags,
      );
    });
  const config = ['--config <file>', 'the configuration, JSON; - is standard input'] as const;
  const update = [
    '--update-config',
    'rewrite the --config file when the vendor replaces a token in it (OAuth 2)',
  ] as const;
  const catalog = ['--catalog <file>', 'the configured catalog; default: every stream'] as const;
  program
    .command('check')
    .description('test the credentials; with a catalog, also what its streams need')
    .requiredOption(...config)
    .option(...update)
    .option(...catalog)
    .action(run('runCheck'));
  program
    .command('discover')
    .description('print the catalog of streams')
    .requiredOption(...config)
    .option(...update)
    .action(run('runDiscover'));
  program
    .command('read')
    .description('read records and states to standard output')
    .requiredOption(...config)
    .option(...update)
    .option(...catalog)
    .option('--state <file>', 'states of an earlier run; - is standard input')
    .option('--streams <names>', 'only these streams, separated by commas')
    .option(
      '--limit <records>',
      'at most this many records per stream, as a preview: no state, no COMPLETE; a destination stores none of them',
      wholeNumber,
    )
    .action(run('runRead'));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

/**
 * Runs a command in its own session and ends the process with the command's exit code. With `abort`, SIGINT and
 * SIGTERM abort the command's signal: the command finishes at its last safe state, then the process ends by that
 * signal. A second signal ends it at once. With `own`, the command handles signals itself and returns 130 or 143.
 */
async function withSession(
  signals: 'abort' | 'own',
  command: (session: Session, signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const [{ createSession }, { endBySignal, signalOf }] = await Promise.all([
    import('./session.ts'),
    import('./signals.ts'),
  ]);
  const session = createSession();
  const abort = new AbortController();
  let received: NodeJS.Signals | undefined;
  for (const signal of signals === 'abort' ? (['SIGINT', 'SIGTERM'] as const) : []) {
    process.on(signal, () => {
      if (received) endBySignal(signal);
      received = signal;
      // If nobody reads stdout any more, the last state cannot be delivered. Unread records are read again by the
      // next run.
      setTimeout(() => endBySignal(signal), LONGEST_DRAIN_MS).unref();
      abort.abort(new Error(`stopped by ${signal}`));
    });
  }
  session.writer.onError = (error) => abort.abort(error);
  // Catches errors thrown outside any awaited call, including unhandled rejections. After one, we can't trust that
  // the output is complete.
  process.once('uncaughtException', (error) => {
    session.fail(error);
    void session.end(1);
  });
  let code = 1;
  try {
    code = await command(session, abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) session.fail(error);
  }
  await session.end(code, received ?? signalOf(code));
}

export type WithSession = typeof withSession;
