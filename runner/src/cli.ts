import { type LogLevel, printable, Secrets } from '@headrace/sdk/protocol';
import { asHeadraceError, ConfigError } from '@headrace/sdk/spec';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Act, list } from './commands/command.ts';
import { addLookCommands } from './commands/look.ts';
import { addOperateCommands } from './commands/operate.ts';
import { COMPLETE, candidateLines, SCRIPTS, SHELLS, type Shell } from './completion/shells.ts';
import type { Clock } from './engine/clock.ts';
import { createOutput, type Sink } from './terminal/output.ts';
import type { Answer, CommonFlags } from './verbs/context.ts';
import type { RunFlags } from './verbs/run.ts';
import type { Asker } from './wizard/asker.ts';

/** Standard input. */
interface Input {
  /** All of it, as text. */
  text(): Promise<string>;
}

/** What the command line gets from the process. */
export interface World {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: Input;
  /** Asks the person at the terminal; undefined if there is none. @param safe for texts of others */
  readonly ask?: (safe: (text: string) => string) => Promise<Asker>;
  readonly clock: Clock;
  readonly version: string;
}

const EXIT_CODES = `
Exit codes:
  0         every stream complete
  1         partial: some streams are incomplete, the rest is safe
  2         failed: nothing new committed, or a mistake in the configuration
  130, 143  interrupted (SIGINT, SIGTERM): run it again, it continues from what is committed
  With --all: 0 all complete, 2 nothing newly committed anywhere, else 1.`;

const COUNTS_AND_SIGNALS = `
Counts: the records of each state are counted at the source, here and at the
destination. If two counts differ, the stream is not complete, the state is
withheld, the run says where, and the next run reads again from the last good one.

Signals: at the first SIGINT, SIGTERM or SIGHUP the source drains to its last safe
state and the destination commits; a second one kills the source, a third one both.
`;

const EXAMPLES = `

Examples:
  headrace init                     a first headrace.yaml
  headrace new source my-crm        a connector of your own
  headrace validate                 every mistake in it, at once
  headrace check jira               do both ends work?
  headrace run jira                 read, write, keep the state
  headrace run jira --streams issues,projects
  headrace run --all --json         all jobs, the result as JSON
`;

const COMPLETION_HELP = `
For this shell: source <(headrace completion bash)   (zsh the same; fish: headrace completion fish | source)
For every shell: add that line to ~/.bashrc, ~/.zshrc (behind compinit) or ~/.config/fish/config.fish.`;

/** Runs the command line and returns the exit code. Verbs are loaded when they are called. */
export async function main(world: World): Promise<number> {
  const secrets = new Secrets();
  let exitCode = 0;
  const program = new Command('headrace');
  const output = () => {
    const {
      json = false,
      quiet = false,
      logLevel = 'warn',
    } = program.opts<{ json?: boolean; quiet?: boolean; logLevel?: string }>();
    const level = logLevel.toUpperCase() as LogLevel;
    return createOutput({
      json,
      quiet,
      logLevel: level,
      stdout: world.stdout,
      stderr: world.stderr,
      env: world.env,
      secrets,
    });
  };

  const act: Act = (name, verb) => async () => {
    const given = program.opts<Omit<CommonFlags, 'logLevel'> & { logLevel?: string }>();
    const flags: CommonFlags = { ...given, logLevel: given.logLevel?.toUpperCase() as LogLevel | undefined };
    const out = output();
    let answer: Answer;
    try {
      answer = await verb({
        flags,
        output: out,
        secrets,
        env: world.env,
        cwd: world.cwd,
        clock: world.clock,
        readInput: () => world.stdin.text(),
        ...(world.ask ? { ask: () => world.ask!((text) => printable(secrets.scrub(text))) } : {}),
      });
    } catch (error) {
      out.error(asHeadraceError(error));
      answer = { exitCode: 2, data: null };
    }
    exitCode = answer.exitCode;
    out.envelope(name, exitCode, answer.data, answer.errors);
  };

  program
    .description('Runs Airbyte-protocol connectors from headrace.yaml: source → destination, nothing lost.')
    .version(world.version, '-V, --version')
    .option('-f, --file <path>', 'the jobs file, or a folder of them (headrace.yaml)')
    .option('--tenant <name>', 'only the jobs of this tenant')
    .option('--json', 'one JSON envelope on stdout instead of text')
    .addOption(
      new Option(
        '--log-level <level>',
        'what of the connectors’ logs is shown, and what they are asked to log: error, warn, info, debug, trace (warn)',
      ).argParser(logLevel),
    )
    .option('-q, --quiet', 'errors only')
    .addHelpText('after', EXIT_CODES + EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: () => {},
    })
    .showHelpAfterError(false)
    .exitOverride();

  program
    .command('init [folder]')
    .helpGroup('Set up:')
    .description(
      'make a first job: at a terminal it asks, elsewhere it writes a commented example; nothing is overwritten',
    )
    .option('--example', 'write the example without asking')
    .action((folder: string | undefined, flags: { example?: boolean }) =>
      act('init', async (context) => (await import('./verbs/init.ts')).init(folder, flags, context))(),
    );
  program
    .command('new <kind> <name>')
    .helpGroup('Set up:')
    .description('write a new connector, a source or a destination, with its tests')
    .option('--dir <folder>', 'where it goes; a folder of its name, without it')
    .action((kind: string, name: string, flags: { dir?: string }) =>
      act('new', async (context) =>
        (await import('./verbs/new.ts')).newConnector(kind, name, flags, context),
      )(),
    );
  program
    .command('validate [jobs...]')
    .helpGroup('Run:')
    .description('every mistake that can be found without asking a vendor')
    .addHelpText('after', EXIT_CODES)
    .action((jobs: string[]) =>
      act('validate', async (context) => (await import('./verbs/validate.ts')).validate(jobs, context))(),
    );
  program
    .command('check [jobs...]')
    .helpGroup('Run:')
    .description('ask both ends whether they work, with the streams that are selected')
    .addHelpText('after', EXIT_CODES)
    .action((jobs: string[]) =>
      act('check', async (context) => (await import('./verbs/check.ts')).check(jobs, context))(),
    );
  program
    .command('run [jobs...]')
    .helpGroup('Run:')
    .description('read and write, from where the last run left off')
    .option('--all', 'every job, one after the other, by priority')
    .option('--no-check', 'start without checking both ends first')
    .option('--streams <names>', 'only these streams of the job, with commas', list)
    .option('--scheduled', 'started by a schedule: do nothing while the job is paused')
    .option('--dry-run', 'check everything, show what would be read, move nothing')
    .addHelpText('after', COUNTS_AND_SIGNALS + EXIT_CODES)
    .action((jobs: string[], flags: RunFlags) =>
      act('run', async (context) => (await import('./verbs/run.ts')).run(jobs, flags, context))(),
    );

  addLookCommands(program, act);
  addOperateCommands(program, act);

  program
    .command('completion')
    .helpGroup('Set up:')
    .description('print what makes a shell complete commands, options and jobs')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', COMPLETION_HELP)
    .action((shell: Shell) =>
      act('completion', async ({ output: { raw } }) => {
        raw(SCRIPTS[shell]);
        return { exitCode: 0, data: { script: SCRIPTS[shell] } };
      })(),
    );
  const [first, shell, ...words] = world.argv;
  if (first === COMPLETE && SHELLS.includes(shell as Shell)) {
    const { complete } = await import('./verbs/completion.ts');
    world.stdout.write(candidateLines(shell as Shell, complete(program, words, world)));
    return 0;
  }

  try {
    await program.parseAsync([...world.argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (world.argv.length > 0 && error.code !== 'commander.help') output().error(usageError(error));
    return 2;
  }
  return exitCode;
}

/** `--log-level`, in upper or lower case. */
function logLevel(text: string): string {
  const level = text.toLowerCase();
  const levels = ['error', 'warn', 'info', 'debug', 'trace'];
  if (!levels.includes(level)) throw new InvalidArgumentError(`Allowed choices are ${levels.join(', ')}.`);
  return level;
}

/** A mistake on the command line as our error. Commander's suggestion becomes the hint. */
function usageError(error: CommanderError): ConfigError {
  const [sentence = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const near = /Did you mean (?:one of )?(.*?)\?/.exec(suggestion ?? '')?.[1];
  return new ConfigError(sentence, {
    code: `usage.${error.code.replace('commander.', '')}`,
    hint: near ? `did you mean ${near}?` : 'headrace --help shows all commands and options',
  });
}
