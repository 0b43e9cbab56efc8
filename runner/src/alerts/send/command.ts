import { spawn } from 'node:child_process';
import type { AlertMessage } from '../message.ts';

const LONGEST_MS = 60_000;

/** Starts a program, without a shell. It gets the alert as JSON on stdin. @throws Error if it fails */
export async function sendByCommand(
  [program = '', ...args]: readonly string[],
  message: AlertMessage,
  { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const child = spawn(program, args, {
    cwd: folder,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  // A program that does not read its input is fine.
  child.stdin.on('error', () => {});
  child.stdin.end(`${JSON.stringify(message)}\n`);
  const how = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
    );
  });
  if (how !== undefined) throw new Error(`${program} ${how}`);
}
