import { TransientError } from '@headrace/sdk/spec';
import type { Interrupt, Ports } from './ports.ts';
import type { PreparedJob } from './prepare.ts';

/** So long it takes at most until a token that another connector has just got is stored. */
const GRACE_MS = 1000;

/**
 * Before a connector signs in: waits for another run that has a token which is good once, and takes over what became
 * of it.
 * @throws TransientError if the wait was interrupted
 */
export async function claimTokens(prepared: PreparedJob, ports: Ports, interrupt: Interrupt): Promise<void> {
  const { source, destination } = prepared;
  const onWait = (holder: string) => {
    const message = `waits for ${holder}, which uses the same token: it is good once`;
    ports.emit({ type: 'log', origin: 'runner', level: 'WARN', message });
  };
  const ends = [source.configured, destination.configured];
  if (!(await ports.tokens.claim(ends, { signal: interrupt.drain, onWait })))
    throw new TransientError(`interrupted by ${String(interrupt.drain.reason)}`, { code: 'run.interrupted' });
  await Promise.all([source.renew(), destination.renew()]);
}

/**
 * Whether another run has replaced a token since it was taken over: what was refused with the old one is no mistake of
 * the user. The first time nobody knows that a token is good once, and two runs may both have it.
 */
export async function hasNewToken(
  prepared: PreparedJob,
  ports: Ports,
  interrupt: Interrupt,
): Promise<boolean> {
  const { source, destination } = prepared;
  const isNew = async () => (await source.hasNewToken()) || (await destination.hasNewToken());
  if (await isNew()) return true;
  if (!hasRefreshToken([source.configured, destination.configured])) return false;
  return (await ports.clock.sleep(GRACE_MS, interrupt.drain)) && isNew();
}

function hasRefreshToken(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => /refresh_?token/i.test(key) || hasRefreshToken(item));
}
