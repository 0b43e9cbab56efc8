import type { Buffer } from 'node:buffer';
import type { ConnectorProcess } from './connector.ts';

/** What a process prints, to its end, or to where we closed it because something else held it open. */
export async function* outputOf(process: ConnectorProcess): AsyncGenerator<Buffer> {
  try {
    yield* process.stdout as AsyncIterable<Buffer>;
  } catch (error) {
    if (!process.isCutOff()) throw error;
  }
}
