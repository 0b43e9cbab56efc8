import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Fault } from './faults.ts';

/** A body ready to be sent. */
export interface Outgoing {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Compresses the body if the client accepts gzip. */
export function gzipped(out: Outgoing, acceptEncoding: string): Outgoing {
  if (!/\bgzip\b/.test(acceptEncoding) || out.body.length < 200) return out;
  return {
    ...out,
    headers: { ...out.headers, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' },
    body: gzipSync(out.body, { level: 1 }),
  };
}

/** Only the first half of the body, as if it were all. */
export function half(out: Outgoing): Outgoing {
  return { ...out, body: out.body.subarray(0, out.body.length >> 1) };
}

/** Sends an answer. Returns how many bytes of the body were sent. */
export function sendWhole(response: ServerResponse, { status, headers, body }: Outgoing): number {
  response.writeHead(status, { ...headers, 'Content-Length': String(body.length) });
  response.end(body);
  return body.length;
}

/** Sends an answer of any size in chunks, as fast as the client reads. Returns how many bytes of the body were sent. */
export async function sendPieces(
  response: ServerResponse,
  { status, headers, body }: Outgoing,
  rest: Iterable<Buffer>,
): Promise<number> {
  response.writeHead(status, headers);
  await flushed(response, body);
  let sent = body.length;
  for (const piece of rest) {
    if (response.destroyed) return sent;
    await flushed(response, piece);
    sent += piece.length;
  }
  response.end();
  return sent;
}

/** Sends an answer with a fault of the body. Returns how many bytes of the body were sent. */
export async function sendFaulty(
  response: ServerResponse,
  out: Outgoing,
  fault: Fault<string>,
): Promise<number> {
  const { status, headers, body } = out;
  const first = half(out).body;
  const whole = { ...headers, 'Content-Length': String(body.length) };
  switch (fault.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return 0;
    case 'reset-body':
      response.writeHead(status, whole);
      await flushed(response, first);
      // A reset discards what the kernel has not sent yet, so give the first half time to leave.
      await wait(20);
      response.socket?.resetAndDestroy();
      return first.length;
    case 'cut-length':
      response.writeHead(status, whole);
      await flushed(response, first);
      response.socket?.destroySoon();
      return first.length;
    case 'cut-chunked':
      response.writeHead(status, headers);
      await flushed(response, first);
      response.socket?.destroySoon();
      return first.length;
    case 'empty':
      return sendWhole(response, { status: 200, headers, body: Buffer.alloc(0) });
    case 'slow-body':
      response.writeHead(status, whole);
      for (let i = 0; i < 10 && !response.destroyed; i++) {
        await flushed(
          response,
          body.subarray(Math.floor((body.length * i) / 10), Math.floor((body.length * (i + 1)) / 10)),
        );
        await wait((fault.ms ?? 1000) / 10);
      }
      response.end();
      return body.length;
    default:
      return sendWhole(response, out);
  }
}

/** Writes bytes and waits until the kernel has them or the client is gone. */
function flushed(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(bytes, done);
  });
}
