import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request on its way to the sandbox. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The JSON of its body; undefined without one. */
  readonly body: Record<string, unknown> | undefined;
}

export interface Answered {
  readonly status: number;
  /** → JSON */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Asks the sandbox, for what is asked or for something else instead. */
type Next = (instead?: Partial<Pick<Asked, 'path' | 'query' | 'body'>>) => Promise<Answered>;

/** One way in which a vendor lies. It answers itself, alters an answer, or leaves a request alone (undefined). */
export type Rule = (asked: Asked, next: Next) => Answered | undefined | Promise<Answered | undefined>;

export interface JiraProxy {
  readonly url: string;
  /** What it was asked, in order: `GET /rest/agile/1.0/board`. */
  readonly asked: readonly string[];
  /** The rule from now on. */
  rule: Rule;
  close(): Promise<void>;
}

/** Stands in front of a sandbox; without a rule it changes nothing. */
export async function startProxy(target: string): Promise<JiraProxy> {
  const asked: string[] = [];
  let rule: Rule = () => undefined;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, target);
    const bytes = await buffer(request);
    const call: Asked = {
      method: request.method!,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: request.headers['content-type'] === 'application/json' ? JSON.parse(bytes.toString()) : undefined,
    };
    asked.push(`${call.method} ${call.path}`);
    const next: Next = async (instead = {}) => {
      const { path, query } = { ...call, ...instead };
      const body = instead.body === undefined ? bytes : Buffer.from(JSON.stringify(instead.body));
      const headers = { ...request.headers, 'accept-encoding': 'identity', 'content-length': body.length };
      return forward(new URL(`${path}?${query}`, target), call.method, headers, body);
    };
    const { status, type, headers, text } = (await rule(call, next)) ?? (await next());
    response.writeHead(status, { 'content-type': type ?? 'application/json;charset=UTF-8', ...headers });
    response.end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    set rule(other) {
      rule = other;
    },
    get rule() {
      return rule;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function forward(url: URL, method: string, headers: object, body: Buffer): Promise<Answered> {
  return new Promise((done, fail) => {
    const request = send(url, { method, headers: { ...headers } }, async (answer) => {
      const { date, 'x-seraph-loginreason': login } = answer.headers;
      done({
        status: answer.statusCode!,
        type: answer.headers['content-type'],
        headers: {
          ...(date === undefined ? {} : { date }),
          ...(login === undefined ? {} : { 'x-seraph-loginreason': String(login) }),
        },
        text: (await buffer(answer)).toString(),
      });
    });
    request.on('error', fail);
    request.end(body);
  });
}

/** Any JSON of the vendor's: rules reach into it. */
// biome-ignore lint/suspicious/noExplicitAny: a vendor's answer has no type here
export type Json = any;

/** An answer with its JSON changed in place; one that is no JSON, or an error, stays. */
export function altered(answer: Answered, change: (json: Json) => void): Answered {
  if (answer.status >= 300) return answer;
  const json = JSON.parse(answer.text) as Json;
  change(json);
  return { ...answer, text: JSON.stringify(json) };
}

/** A refusal in Jira's form. */
export const refused = (status: number, ...errorMessages: string[]): Answered => ({
  status,
  text: JSON.stringify({ errorMessages, errors: {} }),
});
