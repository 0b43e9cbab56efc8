import { parentPort } from 'node:worker_threads';
import { answerTo, type CheckRequest } from './engine/check-answer.ts';

/** The thread of engine/check-apart.ts. */
parentPort?.on('message', (request: CheckRequest) => parentPort?.postMessage(answerTo(request)));
parentPort?.postMessage('ready');
