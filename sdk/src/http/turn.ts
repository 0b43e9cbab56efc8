import { AsyncLocalStorage } from 'node:async_hooks';
import type { Limiter } from './limits/limiter.ts';

/** Runs work whose requests belong together. */
export type Turn = <T>(work: () => T) => T;

const turns = new AsyncLocalStorage<Map<Limiter, number>>();

/**
 * Work of one unit: its requests queue where its first one did. So a slow vendor's answers complete what was begun
 * before they begin more, and little is lost with the process.
 */
export function newTurn(): Turn {
  const tickets = new Map<Limiter, number>();
  return (work) => turns.run(tickets, work);
}

/** The place in a limiter's queue for a request that is made now. */
export function ticketFor(limiter: Limiter): number {
  const tickets = turns.getStore();
  const known = tickets?.get(limiter);
  if (known !== undefined) return known;
  const ticket = limiter.ticket();
  tickets?.set(limiter, ticket);
  return ticket;
}
