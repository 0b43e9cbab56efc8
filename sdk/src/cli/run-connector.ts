import { writeAll } from './stdio.ts';

/** What a connector's main.ts provides. Everything except the name is loaded only when a command needs it. */
export interface ConnectorEntry {
  readonly kind: 'source' | 'destination';
  /** The executable's name. */
  readonly name: string;
  readonly version: string;
  /** Imports the committed `specs/<name>.json`. */
  readonly spec: () => Promise<object>;
  /** Imports the module whose default export is the definition. */
  readonly load: () => Promise<{ default: unknown }>;
}

const STDOUT = 1;

/**
 * Runs a connector's process: parses the arguments and runs the command. Called once, by main.ts. `spec` is
 * answered before anything else is loaded, because platforms call it first and most often.
 */
export async function runConnector(entry: ConnectorEntry): Promise<void> {
  const [verb, ...more] = process.argv.slice(2);
  if (verb === 'spec' && more.length === 0) return printSpec(entry);
  const { runProgram } = await import('./program.ts');
  return runProgram(entry);
}

/** Prints one SPEC message on stdout. */
export async function printSpec(entry: ConnectorEntry): Promise<void> {
  writeAll(STDOUT, `${JSON.stringify({ type: 'SPEC', spec: await entry.spec() })}\n`);
}
