import { type IncomingHttpHeaders, request } from 'node:http';
import type { JenkinsSandbox } from '../sandbox.ts';

/** An answer as received. */
export interface Got {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The Basic header of the sandbox's account. */
export function login({ user, apiToken }: JenkinsSandbox, token = apiToken): string {
  return `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;
}

/** Sends one request on its own connection, the path as it is: below Jenkins' root; or from the host, if it begins with a slash. */
export function ask(
  jenkins: JenkinsSandbox,
  path: string,
  headers: Record<string, string | undefined> = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(jenkins.root);
    const all = { authorization: login(jenkins), 'accept-language': 'en', ...headers };
    const sent = request(
      {
        hostname,
        port,
        path: path.startsWith('/') ? path : `${pathname.replace(/\/$/, '')}/${path}`,
        agent: false,
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** Asks for an object with a `tree`, and parses it. Rejects if the answer is no 200. */
export async function tree<T>(
  jenkins: JenkinsSandbox,
  path: string,
  selection: string,
  headers?: Record<string, string | undefined>,
): Promise<T> {
  const { status, body } = await ask(
    jenkins,
    `${path}${path && '/'}api/json?tree=${encodeURIComponent(selection)}`,
    headers,
  );
  if (status !== 200) throw new Error(`${status}: ${body.toString()}`);
  return JSON.parse(body.toString()) as T;
}

/** The path of a job by its full name, encoded as its `url` is. */
export function pathTo(fullName: string): string {
  return fullName
    .split('/')
    .map((name) => `job/${encodeURIComponent(name)}`)
    .join('/');
}
