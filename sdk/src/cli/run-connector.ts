import { writeAll } from './stdio.ts';

/** What a connector's main.ts says of itself. Everything but the name is loaded when a command needs it. */
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
 * The process of a connector: reads the arguments and runs the command. Called once, by main.ts.
 * `spec` is answered before anything else is loaded: it is what platforms ask most, and first.
 */
export async function runConnector(entry: ConnectorEntry): Promise<void> {
  const [verb, ...more] = process.argv.slice(2);
  if (verb === 'spec' && more.length === 0) return printSpec(entry);
  const { runProgram } = await import('./program.ts');
  return runProgram(entry);
}

/** One SPEC message on stdout. */
export async function printSpec(entry: ConnectorEntry): Promise<void> {
  writeAll(STDOUT, `${JSON.stringify({ type: 'SPEC', spec: await entry.spec() })}\n`);
}
