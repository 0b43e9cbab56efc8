import { Buffer } from 'node:buffer';
import { asRun, type Run } from '../suite/workplace.ts';

/**
 * A read's output as it would be at another address of the same API: records may contain the API's host and port.
 * Whether that is all that differs is checked once per suite.
 */
export function moved(run: Run, from: string, to: string): Run {
  const [a, b] = [new URL(from).host, new URL(to).host];
  if (a === b) return run;
  // latin1 keeps every byte, whatever it is.
  let text = run.stdout.toString('latin1');
  for (const form of [(host: string) => host, encodeURIComponent]) text = text.replaceAll(form(a), form(b));
  return asRun({ ...run, stdout: Buffer.from(text, 'latin1') });
}
