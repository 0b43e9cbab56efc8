import { isAbout, type RouteFilter } from './filter.ts';

/** Requests held until they are released. Lets a test catch a client, or kill it, in the middle of a request. */
export interface Gates {
  closed: (RouteFilter & { after: number; waiting: (() => void)[] })[];
}

/**
 * Resolves when no closed gate matches the request any more, or when its client has disconnected (`left`). Counts
 * down the gates that let some requests through first.
 */
export async function passGates(
  gates: Gates,
  method: string,
  url: string,
  body: string,
  left: Promise<void>,
): Promise<void> {
  for (const gate of [...gates.closed]) {
    if (!isAbout(gate, method, url, body) || gate.after-- > 0) continue;
    await new Promise<void>((resolve) => {
      gate.waiting.push(resolve);
      void left.then(() => {
        gate.waiting = gate.waiting.filter((one) => one !== resolve);
        resolve();
      });
    });
  }
}

/** Opens the gates with this route, or all gates. Returns how many requests were waiting. */
export function openGates(gates: Gates, route?: string): number {
  const opened = gates.closed.filter((gate) => route === undefined || gate.route === route);
  gates.closed = gates.closed.filter((gate) => !opened.includes(gate));
  const waiting = opened.flatMap((gate) => gate.waiting);
  for (const go of waiting) go();
  return waiting.length;
}

/** Number of requests currently held. */
export function heldCount(gates: Gates): number {
  return gates.closed.reduce((sum, gate) => sum + gate.waiting.length, 0);
}
