import type { Command } from 'commander';
import type { AnyDestination } from '../destination/define.ts';
import type { ConnectorSpecification } from '../protocol/messages.ts';
import type { DestinationFlags, DestinationProcess } from './destination-commands.ts';
import type { WithSession } from './program.ts';
import type { ConnectorEntry } from './run-connector.ts';

const SOURCE = ['--source <name>', 'the name under which the records are stored'] as const;

/** Adds a destination's commands: `check`, `write` and the verbs from its definition. */
export async function addDestinationCommands(
  program: Command,
  entry: ConnectorEntry,
  withSession: WithSession,
): Promise<void> {
  const open = async (): Promise<DestinationProcess> => ({
    destination: (await entry.load()).default as AnyDestination,
    spec: (await entry.spec()) as ConnectorSpecification,
    env: process.env,
  });
  const commands = () => import('./destination-commands.ts');
  program
    .command('check')
    .description('check whether records can be written')
    .requiredOption('--config <file>', 'the configuration, JSON; - is standard input')
    .option('--catalog <file>', 'the configured catalog')
    .option(...SOURCE)
    .action((flags: DestinationFlags) =>
      withSession('abort', async (session) =>
        (await commands()).runDestinationCheck(await open(), session, flags),
      ),
    );
  program
    .command('write')
    .description('store the messages from standard input (the default command if messages are piped in)')
    .option('--config <file>', 'the configuration, JSON')
    .option('--catalog <file>', 'the configured catalog; without it every stream appends')
    .option(...SOURCE)
    .action((flags: DestinationFlags) =>
      withSession('own', async (session) =>
        (await commands()).runDestinationWrite(await open(), session, flags),
      ),
    );
  for (const verb of (await open()).destination.verbs ?? []) {
    const command = program
      .command(verb.name)
      .description(verb.description)
      .option('--config <file>', 'the configuration, JSON')
      .option(...SOURCE);
    for (const { flags, description } of verb.options) command.option(flags, description);
    command.action(async (flags: DestinationFlags & Record<string, unknown>) => {
      process.exitCode = await (await commands()).runVerb(await open(), verb, flags);
    });
  }
}
