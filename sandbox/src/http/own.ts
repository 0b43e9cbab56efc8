import { type Answer, json } from './answer.ts';
import { type Call, objectOf } from './call.ts';
import { command } from './control.ts';
import { refusalsAnswered } from './refusal.ts';
import { findRoute, type Route } from './route.ts';
import type { Service } from './service.ts';
import { countersOf } from './stats.ts';
import type { Vendor } from './vendor.ts';

/**
 * The answer of the sandbox's own endpoints. `POST /_sandbox/control` `{"do": "fail", "kind": "500"}` answers
 * `{"result": …}`, or 400 with the reason; `GET /_sandbox/stats` the counters; the others are the vendor's.
 */
export async function ownAnswer<S extends Service, R extends Route<S>>(
  vendor: Vendor<S, R>,
  service: S,
  control: object,
  call: Call,
): Promise<Answer> {
  const { method, path } = call;
  return refusalsAnswered(vendor.error, () => {
    if (method === 'POST' && path === '/_sandbox/control')
      return json({ result: command(control, objectOf(call)) });
    if (method === 'GET' && path === '/_sandbox/stats') return json(countersOf(service));
    const found = findRoute(vendor.ownRoutes, method, path);
    if (!found) return vendor.error(404, `no ${method} ${path}`);
    return found.route.handle(service, { ...call, params: found.params });
  });
}
