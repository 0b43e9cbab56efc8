import type { Answer } from './answer.ts';
import type { Access, Call } from './call.ts';
import type { Route } from './route.ts';
import type { Service } from './service.ts';

/** What makes a sandbox this vendor's. `S` is its state, `R` its kind of route. */
export interface Vendor<S extends Service, R extends Route<S> = Route<S>> {
  /** The vendor's endpoints. */
  routes(service: S): readonly R[];
  /** Endpoints below `/_sandbox/` besides control and stats. They need no credentials, never fail, are not counted. */
  ownRoutes: readonly Route<S>[];
  /** Who sent a request, and for which path. `call.path` is still the path as sent. */
  access(service: S, call: Call): Access;
  /** How a route answers; default: `route.handle`. */
  handle?(service: S, route: R, call: Call): Answer | Promise<Answer>;
  /** Headers of every answer, faults included. Those of limits come on top. */
  headers?(service: S, call: Call, route: R | undefined): Record<string, string> | undefined;
  /** An error with a sentence, in the vendor's format. */
  error(status: number, message: string): Answer;
  /** The answer to a request without a route. */
  notFound(call: Call): Answer;
}
