import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import { type Call, callOf } from './call.ts';
import { type Fault, faultAnswer, nextFault } from './faults.ts';
import { isAbout } from './filter.ts';
import { passGates } from './gates.ts';
import { charge, take } from './limits.ts';
import { ownAnswer } from './own.ts';
import { giveBack } from './page.ts';
import { prettyPrinted } from './pretty.ts';
import { refusalsAnswered } from './refusal.ts';
import { findRoute, type Route } from './route.ts';
import { gzipped, half, type Outgoing, sendFaulty, sendPieces, sendWhole } from './send.ts';
import { lineEndOf, type Service } from './service.ts';
import { countAnswer } from './stats.ts';
import type { Vendor } from './vendor.ts';
import { written } from './writer.ts';

/**
 * The HTTP server of a sandbox; not listening yet.
 * @param control the methods behind `POST /_sandbox/control`
 */
export function sandboxServer<S extends Service, R extends Route<S>>(
  vendor: Vendor<S, R>,
  service: S,
  control: object,
): Server {
  const server = createServer((request, response) => {
    serve(vendor, service, control, request, response).catch((error: Error) => {
      // A bug in the sandbox must not look like the vendor's answer, and must not end the process.
      if (!response.headersSent)
        response.writeHead(500, { 'X-Sandbox-Error': encodeURIComponent(error.stack ?? error.message) });
      response.end();
    });
  });
  // Clients keep connections open between syncs. Closing them early would cause resets that no test asked for.
  server.keepAliveTimeout = 120_000;
  server.on('clientError', (_, socket) => socket.destroy());
  return server;
}

async function serve<S extends Service, R extends Route<S>>(
  vendor: Vendor<S, R>,
  service: S,
  control: object,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.sendDate = false;
  const sent = await callOf(request);
  if (sent.path.startsWith('/_sandbox/')) {
    const answer = await ownAnswer(vendor, service, control, sent);
    response.once('close', () => giveBack(service, answer.body));
    sendWhole(response, outgoing(service, answer));
    return;
  }
  const { method, url, body } = sent;
  const access = vendor.access(service, sent);
  const found = findRoute(vendor.routes(service), method, access.path);
  const call: Call = { ...sent, ...access, params: found?.params ?? {} };
  const name = found ? `${method} ${found.route.template}` : `${method} (unknown)`;
  const { left, began } = entered(service, response);
  await passGates(service.gates, method, url, body, left);
  const latency = service.latencies.find((one) => isAbout(one, method, url, body))?.ms ?? 0;
  if (latency > 0) await wait(latency);
  if (response.destroyed) return;
  const limited = take(service.limits, call, name);
  const fault = limited.refusal ? undefined : nextFault(service.faults, method, url, body);
  if (limited.refusal) service.stats.throttled++;
  if (fault) service.stats.faults[fault.kind] = (service.stats.faults[fault.kind] ?? 0) + 1;
  const answer =
    limited.refusal ??
    faultAnswer(service.faults, fault, vendor.error) ??
    access.refusal ??
    (await handled(vendor, service, found?.route, { ...call, paging: pagingOf(fault) }));
  void left.then(() => giveBack(service, answer.body));
  const headers = { ...answer.headers, ...vendor.headers?.(service, call, found?.route), ...limited.headers };
  const { gzip, pretty } = service.settings;
  // A fault, or what rewrites the whole body, needs all of it.
  const rest = fault || gzip || pretty !== false ? undefined : answer.rest;
  const plain = outgoing(service, { ...(rest ? answer : collected(answer)), headers });
  if (!limited.refusal)
    service.stats.points += charge(service.limits, call, name, plain, performance.now() - began);
  const cut = fault?.kind === 'cut-json' ? half(plain) : plain;
  const out = gzip ? gzipped(cut, String(call.headers['accept-encoding'] ?? '')) : cut;
  const bytes = rest
    ? await sendPieces(response, out, rest)
    : fault
      ? await sendFaulty(response, out, fault)
      : sendWhole(response, out);
  countAnswer(service.stats, name, fault?.kind === 'reset' ? 0 : out.status, bytes);
}

/** Counts a request as under way until its connection has the answer or is gone. */
function entered(service: Service, response: ServerResponse): { left: Promise<void>; began: number } {
  const { stats } = service;
  stats.atOnce++;
  stats.mostAtOnce = Math.max(stats.mostAtOnce, stats.atOnce);
  const began = performance.now();
  const left = new Promise<void>((resolve) => response.once('close', resolve));
  void left.then(() => {
    // `resetStats` may have replaced the object since.
    service.stats.atOnce--;
    service.stats.busyMs += performance.now() - began;
  });
  return { left, began };
}

async function handled<S extends Service, R extends Route<S>>(
  vendor: Vendor<S, R>,
  service: S,
  route: R | undefined,
  call: Call,
): Promise<Answer> {
  if (!route) return vendor.notFound(call);
  return refusalsAnswered(vendor.error, () =>
    vendor.handle ? vendor.handle(service, route, call) : route.handle(service, call),
  );
}

function pagingOf(fault: Fault<string> | undefined): Call['paging'] {
  return fault?.kind === 'repeat-token' || fault?.kind === 'end-early' ? fault.kind : undefined;
}

/** An answer with all of its body in one piece. */
function collected(answer: Answer): Answer {
  const { body, rest, ...head } = answer;
  if (!rest) return answer;
  return { ...head, body: Buffer.concat([Buffer.isBuffer(body) ? body : written(body), ...rest]) };
}

/** The bytes of an answer, with the sandbox's date and line ends. */
function outgoing({ settings, clock }: Service, { status, headers, body }: Answer): Outgoing {
  const bytes = Buffer.isBuffer(body) ? body : written(body);
  const lineEnd = lineEndOf(settings);
  const isJson = headers['Content-Type']?.startsWith('application/json') === true;
  const asIs = !lineEnd || !isJson || bytes.length === 0 || headers['X-Sandbox-Exact'] !== undefined;
  return {
    status,
    headers: { ...headers, Date: new Date(clock.now()).toUTCString() },
    body: asIs ? bytes : prettyPrinted(bytes, lineEnd),
  };
}
