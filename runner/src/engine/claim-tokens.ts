import { TransientError } from '@headrace/sdk/spec';
import type { Interrupt, Ports } from './ports.ts';
import type { PreparedEnd } from './prepare.ts';

/** The longest time until a token that another connector has just received is stored. */
const GRACE_MS = 1000;

/**
 * Called before a connector signs in. Waits for a run that uses the same single-use token, and takes over the token that
 * replaced it.
 * @throws TransientError if the wait was interrupted
 */
export async function claimTokens(
  ends: readonly PreparedEnd[],
  ports: Ports,
  interrupt: Interrupt,
): Promise<void> {
  const onWait = (holder: string) => {
    const message = `waits for ${holder}, which uses the same single-use token`;
    ports.emit({ type: 'log', origin: 'runner', level: 'WARN', message });
  };
  const configured = ends.map((end) => end.configured);
  if (!(await ports.tokens.claim(configured, { signal: interrupt.drain, onWait })))
    throw new TransientError(`interrupted by ${String(interrupt.drain.reason)}`, { code: 'run.interrupted' });
  await Promise.all(ends.map((end) => end.renew()));
}

/**
 * Whether another run has replaced a token since this run took it. If so, a refused sign-in is not the user's mistake. The
 * first time nobody knows that a token can be used only once, and two runs may both have it.
 */
export async function hasNewToken(
  ends: readonly PreparedEnd[],
  ports: Ports,
  interrupt: Interrupt,
): Promise<boolean> {
  const isNew = async () => {
    for (const end of ends) if (await end.hasNewToken()) return true;
    return false;
  };
  if (await isNew()) return true;
  if (!hasRefreshToken(ends.map((end) => end.configured))) return false;
  return (await ports.clock.sleep(GRACE_MS, interrupt.drain)) && isNew();
}

function hasRefreshToken(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => /refresh_?token/i.test(key) || hasRefreshToken(item));
}
