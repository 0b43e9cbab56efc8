import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnector } from './create.ts';
import { CreateError, type Kind } from './names.ts';
import { nextSteps } from './next-steps.ts';

const HELP = `Creates a new Airbyte-protocol connector with @headrace/sdk.

  npm create @headrace/connector source my-crm
  npm create @headrace/connector destination my-store -- --dir ./connectors/my-store

At a terminal, it asks for anything you leave out.

  --dir <folder>   where to create it (default: a folder with the connector's name)
  -h, --help
  --version
`;

// Not awaited, so set the failure first: closing the terminal during a question ends the process.
process.exitCode = 1;
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(argv: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parse(argv);
    if (values.help) return say(HELP);
    if (values.version) return say(`${version()}\n`);
    const [kind, name] = await complete(positionals);
    const made = createConnector({ kind, name, cwd: process.cwd(), folder: values.dir });
    return say(
      `\n${made.name} is in ${made.folder}\n\n${nextSteps(made, relative(process.cwd(), made.folder))}`,
    );
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    process.stderr.write(`✗ ${error.message}\n    → ${error.hint}\n`);
    return 1;
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        dir: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

/** Takes kind and name from the command line. Asks for what is missing, but only at a terminal. */
async function complete(said: readonly string[]): Promise<readonly [Kind, string]> {
  const [kind, name, ...more] = said;
  if (kind !== undefined && kind !== 'source' && kind !== 'destination')
    throw usage(`a connector is a source or a destination, not “${kind}”`);
  if (more.length > 0) throw usage(`only one name is expected: “${more.join(' ')}” is too much`);
  if (kind !== undefined && name !== undefined) return [kind, name];
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw usage(
      kind === undefined ? 'say whether to create a source or a destination' : `the ${kind} needs a name`,
    );
  const { ask } = await import('./ask.ts');
  return ask(kind, name);
}

function usage(message: string): CreateError {
  return new CreateError(message, {
    code: 'create.usage',
    hint: 'npm create @headrace/connector source my-crm',
  });
}

function version(): string {
  const about = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(about) as { version: string }).version;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}
