import type { Buffer } from 'node:buffer';
import type { ConnectorProcess } from './connector.ts';

/** Everything that a process prints, until its output ends or we close it because another program holds it open. */
export async function* outputOf(process: ConnectorProcess): AsyncGenerator<Buffer> {
  try {
    yield* process.stdout as AsyncIterable<Buffer>;
  } catch (error) {
    if (!process.isCutOff()) throw error;
  }
}
