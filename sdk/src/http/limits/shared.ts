import type { Clock } from '../../runtime/clock.ts';
import { type Auth, anonymous } from '../auth/auth.ts';
import { Limiter, type LimiterEnv, type Limits } from './limiter.ts';

const limiters = new WeakMap<Auth, WeakMap<Clock, Limiter>>();

/** The limiter of a credential in this process. Clients with the same `auth` object share it. */
export function limiterOf(auth: Auth, limits: Limits, env: LimiterEnv & { readonly clock: Clock }): Limiter {
  // Anonymous access has no credential, so different servers share no limit.
  if (auth === anonymous) return new Limiter(limits, env);
  const byClock = limiters.get(auth) ?? new WeakMap<Clock, Limiter>();
  limiters.set(auth, byClock);
  const known = byClock.get(env.clock);
  if (known) {
    known.addBudgets(limits.budgets ?? []);
    return known;
  }
  const limiter = new Limiter(limits, env);
  byClock.set(env.clock, limiter);
  return limiter;
}
