import * as http from '../http/answer.ts';
import type { ByteWriter } from '../http/writer.ts';

const JSON_TYPE = 'application/json;charset=utf-8';
const HTML_TYPE = 'text/html;charset=utf-8';

/** An answer with JSON bytes, typed as Stapler does. */
export function exported(body: Buffer | ByteWriter): http.Answer {
  return http.raw(body, 200, { 'Content-Type': JSON_TYPE });
}

/** An answer with a JSON value. */
export function json(value: unknown, status = 200): http.Answer {
  return http.json(value, status, { 'Content-Type': JSON_TYPE });
}

/** The page for an exception that nothing caught. */
export function oops(exception: string): http.Answer {
  return page(
    500,
    'Oops!',
    `A problem occurred while processing the request. <pre>${escapedHtml(exception)}</pre>`,
  );
}

/** Jenkins has no JSON errors: any failure is a page. */
export function errorPage(status: number, message: string): http.Answer {
  return status === 500 ? oops(message) : page(status, `Error ${status}`, escapedHtml(message));
}

export function page(
  status: number,
  title: string,
  text: string,
  headers: Record<string, string> = {},
): http.Answer {
  const body = `<!DOCTYPE html><html><head><title>${title} [Jenkins]</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`;
  return http.html(body, status, { 'Content-Type': HTML_TYPE, ...headers });
}

function escapedHtml(text: string): string {
  return text.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
}
