import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Upstream } from '../upstream/upstream.ts';
import type { HostileFault } from './faults.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const LOGIN =
  '<!DOCTYPE html><html><head><title>Log in</title></head><body><form action="/login"></form></body></html>';
const GATEWAY =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';

/** Sends the fault's own response without asking the API. Returns false if the fault needs the real response. */
export async function answerInstead(
  fault: HostileFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const date = { date: new Date().toUTCString() };
  const say = (status: number, body: string, headers: Record<string, string> = JSON_TYPE): true => {
    response.sendDate = false;
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...date, ...headers });
    response.end(body);
    return true;
  };
  const seconds = fault.seconds ?? 1;
  const problem = (status: number) => JSON.stringify({ error: { status, message: 'not now' } });
  switch (fault.kind) {
    case 'throttle':
      return say(429, problem(429));
    case 'throttle-seconds':
      return say(429, problem(429), { ...JSON_TYPE, 'retry-after': String(seconds) });
    case 'throttle-date': {
      // Whole seconds, rounded up, so that a client which obeys is not too early.
      const at = new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000);
      return say(429, problem(429), { ...JSON_TYPE, 'retry-after': at.toUTCString() });
    }
    case 'status':
      return say(fault.status ?? 500, problem(fault.status ?? 500));
    case 'bad-gateway':
      return say(502, GATEWAY, { 'content-type': 'text/html' });
    case 'unavailable':
      return say(503, problem(503), { ...JSON_TYPE, 'retry-after': String(seconds) });
    case 'tell-headers':
      return say(400, JSON.stringify({ error: { message: 'bad request', headers: request.headers } }));
    case 'empty-body':
      return say(200, '');
    case 'html':
      return say(200, LOGIN, { 'content-type': 'text/html; charset=utf-8' });
    case 'empty-object':
      return say(200, '{}');
    case 'reset':
      request.socket.resetAndDestroy();
      return true;
    case 'slow-head':
      await sleep(fault.ms ?? 200);
      return false;
    default:
      return false;
  }
}

/** Sends the API's response, altered by the fault. */
export async function sendBent(
  fault: HostileFault | undefined,
  answer: Upstream,
  zip: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.sendDate = false;
  const kind = fault?.kind;
  const headers: Record<string, string | string[]> = { ...answer.headers };
  let { body } = answer;
  const half = body.subarray(0, body.length >> 1);
  const whole = (bytes: Buffer, more: Record<string, string> = {}): void => {
    response.writeHead(answer.status, { ...headers, ...more, 'content-length': bytes.length });
    response.end(bytes);
  };
  if (kind === 'no-date') delete headers.date;
  if (kind === 'bad-utf8') body = withBadByte(body);
  switch (kind) {
    case 'cut-body':
      return whole(half);
    case 'cut-gzip': {
      const packed = gzipSync(body);
      return whole(packed.subarray(0, packed.length >> 1), { 'content-encoding': 'gzip' });
    }
    case 'reset-in-body':
    case 'cut-short':
      response.writeHead(answer.status, { ...headers, 'content-length': body.length });
      await written(response, half);
      if (kind === 'reset-in-body') request.socket.resetAndDestroy();
      else request.socket.destroySoon();
      return;
    case 'cut-chunks':
      response.writeHead(answer.status, headers);
      await written(response, half);
      request.socket.destroySoon();
      return;
    case 'slow-body': {
      response.writeHead(answer.status, { ...headers, 'content-length': body.length });
      for (let i = 0; i < 10; i++) {
        const piece = body.subarray(
          Math.floor((i * body.length) / 10),
          Math.floor(((i + 1) * body.length) / 10),
        );
        await written(response, piece);
        await sleep((fault?.ms ?? 200) / 10);
      }
      response.end();
      return;
    }
    default:
      return zip ? whole(gzipSync(body, { level: 1 }), { 'content-encoding': 'gzip' }) : whole(body);
  }
}

function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  // Also if the client has gone: then there is nothing to wait for.
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(bytes, () => resolve());
  });
}

/** Replaces a character inside a text by a byte that is not valid UTF-8. Unchanged if there is no text. */
function withBadByte(body: Buffer): Buffer {
  const match = /:"[a-z ]*[a-z]{4}/i.exec(body.toString('latin1'));
  if (!match) return body;
  const bad = Buffer.from(body);
  bad[match.index + match[0].length - 1] = 0xff;
  return bad;
}
