import { Worker } from 'node:worker_threads';
import type { CheckAnswer, CheckRequest } from './check-answer.ts';

/** Honest specs take some hundredths of a second. */
const DEADLINE_MS = 5000;
const START_MS = 60_000;
/** Of an honest spec it needs a tenth. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64 };

let thread: Promise<Worker> | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Holds a configuration against a spec's schema in a thread of its own: a pattern that backtracks for ever, references
 * in a circle, more errors than memory holds. Whatever a stranger's schema does, here nothing stands still, and it ends
 * in time. One thread for all, which is there for as long as it behaves.
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
    // Only while somebody waits may it keep the process.
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

/** The next thing that it says, or why it says nothing more. */
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
  // The sources as they are in tests, what was built of them in a bundle.
  const file = isSource ? '../check-config-worker.ts' : './check-config-worker.js';
  const execArgv = isSource ? [...process.execArgv, '--conditions=headrace:source'] : undefined;
  const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: LIMITS, env: {}, execArgv });
  // One that is going down may still say so when nobody listens.
  worker.on('error', () => {});
  await hear(worker, START_MS);
  return worker;
}
