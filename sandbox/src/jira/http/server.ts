import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { DATA_CENTER_ROUTES } from '../routes/data-center-table.ts';
import { CONTROL_ROUTES, ROUTES } from '../routes/table.ts';
import type { Site } from '../site.ts';
import { type ByteWriter, written } from '../writer.ts';
import { accessOf } from './access.ts';
import { type Answer, errors, json, raw } from './answer.ts';
import { type Fault, nextFault } from './faults.ts';
import { passGates } from './gates.ts';
import { prettyPrinted } from './pretty.ts';
import { overQuota, pointsOf } from './quota.ts';
import { takeToken, tooMany } from './rateLimit.ts';
import { Refusal } from './refusal.ts';
import { type Call, findRoute, isAbout, type Route } from './route.ts';
import { gzipped, type Outgoing, sendFaulty, sendWhole } from './send.ts';
import { countAnswer } from './stats.ts';

const BODY_LIMIT = 10 * 1024 * 1024;
/** Larger page buffers are not kept for the next page. */
const SPARE_BYTES = 8 * 1024 * 1024;
const SPARE_COUNT = 8;

/** The HTTP server of a site; not listening yet. */
export function jiraServer(site: Site): Server {
  const server = createServer((request, response) => {
    serve(site, request, response).catch((error: Error) => {
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

async function serve(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.sendDate = false;
  const { method = 'GET', url = '/' } = request;
  const body = await bodyOf(request);
  const [path = '/', search = ''] = url.split('?', 2);
  const { authorization } = request.headers;
  const access = accessOf(site, method, path, authorization);
  const call = { method, path: access.path, params: {}, query: new URLSearchParams(search), body };
  const control = findRoute(CONTROL_ROUTES, method, path);
  if (path.startsWith('/_sandbox/')) {
    const answer = control
      ? await answered(() => control.route.handle(site, { ...call, params: control.params }))
      : errors(404, `no ${method} ${path}`);
    sendWhole(response, outgoing(site, answer));
    response.once('close', () => giveBack(site, answer.body));
    return;
  }
  const routes = site.settings.deployment === 'cloud' ? ROUTES : DATA_CENTER_ROUTES;
  const found = findRoute(routes, method, access.path);
  const name = found ? `${method} ${found.route.template}` : `${method} (unknown)`;
  site.stats.atOnce++;
  site.stats.mostAtOnce = Math.max(site.stats.mostAtOnce, site.stats.atOnce);
  const left = new Promise<void>((resolve) => response.once('close', resolve));
  const began = performance.now();
  void left.then(() => {
    site.stats.atOnce--;
    site.stats.busyMs += performance.now() - began;
  });
  await passGates(site.gates, method, url, body, left);
  const latency = site.latencies.find((one) => isAbout(one, method, url, body))?.ms ?? 0;
  if (latency > 0) await wait(latency);
  if (response.destroyed) return;
  const limited = takeToken(site.rateLimit, name, site.clock.now());
  const throttled = limited.refusal ?? (access.metered ? overQuota(site.quota, site.clock.now()) : undefined);
  const fault = throttled ? undefined : nextFault(site.faults, method, url, body);
  if (throttled) site.stats.throttled++;
  if (fault) site.stats.faults[fault.kind] = (site.stats.faults[fault.kind] ?? 0) + 1;
  const answer =
    throttled ??
    statusFault(fault) ??
    access.refusal ??
    (await handled(site, found, call, access.known, fault));
  if (
    !access.known &&
    !access.refusal &&
    (authorization !== undefined || found?.route.handle !== found?.route.anonymous)
  ) {
    answer.headers['X-Seraph-LoginReason'] = 'AUTHENTICATED_FAILED';
  }
  const plain = outgoing(site, { ...answer, headers: { ...answer.headers, ...limited.headers } });
  if (access.metered && plain.status === 200) spend(site, access.path, plain.body);
  const cut =
    fault?.kind === 'cut-json' ? { ...plain, body: plain.body.subarray(0, plain.body.length >> 1) } : plain;
  const out = site.settings.gzip ? gzipped(cut, String(request.headers['accept-encoding'] ?? '')) : cut;
  void left.then(() => giveBack(site, answer.body));
  const garbled = fault !== undefined && fault.kind !== 'cut-json';
  let bytes = out.body.length;
  if (garbled) bytes = await sendFaulty(response, out, fault);
  else sendWhole(response, out);
  countAnswer(site.stats, name, fault?.kind === 'reset' ? 0 : out.status, bytes);
}

function spend({ quota, stats }: Site, path: string, body: Buffer): void {
  const points = pointsOf(path, body);
  quota.spent += points;
  stats.points += points;
}

async function handled(
  site: Site,
  found: { route: Route; params: Record<string, string> } | undefined,
  call: Call,
  known: boolean,
  fault: Fault | undefined,
): Promise<Answer> {
  if (!found) return errors(404, `null for uri: ${call.path}`);
  const paging = fault?.kind === 'repeat-token' || fault?.kind === 'end-early' ? fault.kind : undefined;
  const { handle, anonymous } = found.route;
  return answered(() => (known ? handle : anonymous)(site, { ...call, params: found.params, paging }));
}

/** Turns a refusal into the vendor's error body. Anything else that is thrown is a bug and passes through. */
async function answered(handle: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof Refusal) return errors(error.status, error.message);
    throw error;
  }
}

function statusFault(fault: Fault | undefined): Answer | undefined {
  const retry: Record<string, string> =
    fault?.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(fault.retryAfterSeconds) };
  switch (fault?.kind) {
    case '500':
      return json({ errorMessages: ['Internal server error'], errors: {} }, 500, fault.headers);
    case '502':
      return raw(Buffer.from('<html><head><title>502 Bad Gateway</title></head></html>'), 502, {
        'Content-Type': 'text/html',
        ...fault.headers,
      });
    case '503':
      return json({ errorMessages: ['Service temporarily unavailable'], errors: {} }, 503, {
        ...retry,
        ...fault.headers,
      });
    case '429':
      return tooMany(fault.retryAfterSeconds ?? 1, fault.headers);
    case '429-bare':
      return tooMany(undefined, fault.headers);
    default:
      return undefined;
  }
}

function outgoing(site: Site, { status, headers, body }: Answer): Outgoing {
  const bytes = Buffer.isBuffer(body) ? body : written(body);
  const { pretty } = site.settings;
  const isJson = headers['Content-Type']?.startsWith('application/json') === true;
  const dated = { ...headers, Date: new Date(site.clock.now()).toUTCString() };
  const asIs = pretty === false || !isJson || bytes.length === 0 || headers['X-Sandbox-Exact'] !== undefined;
  return {
    status,
    headers: dated,
    body: asIs ? bytes : prettyPrinted(bytes, pretty === 'crlf' ? '\r\n' : '\n'),
  };
}

function giveBack(site: Site, body: Buffer | ByteWriter): void {
  if (Buffer.isBuffer(body) || body.bytes.length > SPARE_BYTES || site.spare.length >= SPARE_COUNT) return;
  site.spare.push(body);
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT) request.destroy(new Error('request body is too large'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}
