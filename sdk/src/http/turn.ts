import { AsyncLocalStorage } from 'node:async_hooks';
import type { Limiter } from './limits/limiter.ts';

/** Runs work whose requests belong together. */
export type Turn = <T>(work: () => T) => T;

const turns = new AsyncLocalStorage<Map<Limiter, number>>();

/**
 * Creates a unit of work. All its requests use the queue position of the first one. So with a slow vendor, work
 * that was begun is completed before more is begun, and little is lost if the process ends.
 */
export function newTurn(): Turn {
  const tickets = new Map<Limiter, number>();
  return (work) => turns.run(tickets, work);
}

/** The position in a limiter's queue for a request made now. */
export function ticketFor(limiter: Limiter): number {
  const tickets = turns.getStore();
  const known = tickets?.get(limiter);
  if (known !== undefined) return known;
  const ticket = limiter.ticket();
  tickets?.set(limiter, ticket);
  return ticket;
}
