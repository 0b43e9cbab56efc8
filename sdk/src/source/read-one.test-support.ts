import type { OpenStream } from './define.ts';
import type { ReadingEnv } from './read-lists.ts';
import { readStream } from './read-stream.ts';
import { type SessionEnv, type StreamOutcome, type StreamRun, StreamSession } from './stream-session.ts';

/** Reads one stream by itself, as `read` does with each. */
export async function readOne(
  run: StreamRun & { readonly stream: OpenStream },
  env: SessionEnv & ReadingEnv,
): Promise<StreamOutcome> {
  const session = new StreamSession(run, env);
  await readStream(session, run.stream, env);
  const outcome = session.end();
  session.close(outcome.complete);
  return outcome;
}
