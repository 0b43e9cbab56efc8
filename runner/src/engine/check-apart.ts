import { Worker } from 'node:worker_threads';
import type { CheckAnswer, CheckRequest } from './check-answer.ts';

/** Ordinary specs take some hundredths of a second. */
const DEADLINE_MS = 5000;
const START_MS = 60_000;
/** An ordinary spec needs a tenth of this. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64 };

let thread: Promise<Worker> | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Validates a configuration against a spec's schema in a separate thread. A schema may have a pattern that backtracks
 * forever, circular references, or produce more errors than fit in memory: the thread is then ended in time, and nothing
 * else blocks. One thread serves all requests until it fails.
 */
export function checkApart(request: CheckRequest, deadlineMs = DEADLINE_MS): Promise<CheckAnswer> {
  const answer = last.then(() => ask(request, deadlineMs));
  last = answer;
  return answer;
}

async function ask(request: CheckRequest, deadlineMs: number): Promise<CheckAnswer> {
  let worker: Worker | undefined;
  try {
    thread ??= start();
    worker = await thread;
    // It may keep the process alive only while somebody waits for it.
    worker.ref();
    worker.postMessage(request);
    return await hear<CheckAnswer>(worker, deadlineMs);
  } catch (error) {
    thread = undefined;
    void worker?.terminate();
    return { unusable: (error as Error).message };
  } finally {
    worker?.unref();
  }
}

/** Its next message, or why there is none. */
function hear<T>(worker: Worker, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(deadline);
      worker.off('message', onMessage);
      worker.off('error', onError);
      act();
    };
    const onMessage = (message: T) => settle(() => resolve(message));
    const onError = (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      settle(() => reject(isMemory ? new Error('it takes too much memory') : error));
    };
    const onDeadline = () => settle(() => reject(new Error(`it takes longer than ${deadlineMs / 1000} s`)));
    const deadline = setTimeout(onDeadline, deadlineMs);
    worker.once('message', onMessage);
    worker.once('error', onError);
  });
}

async function start(): Promise<Worker> {
  const isSource = import.meta.url.endsWith('.ts');
  // In tests the TypeScript source, in a bundle the built file.
  const file = isSource ? '../check-config-worker.ts' : './check-config-worker.js';
  const execArgv = isSource ? [...process.execArgv, '--conditions=headrace:source'] : undefined;
  const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: LIMITS, env: {}, execArgv });
  // A thread that is ending may still emit an error when nobody listens.
  worker.on('error', () => {});
  await hear(worker, START_MS);
  return worker;
}
