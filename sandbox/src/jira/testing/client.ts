import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import type { JiraSandbox } from '../sandbox.ts';

/** An answer as received. */
export interface Got {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The fields of an issue that tests check. */
export interface TestIssue {
  id: string;
  key: string;
  fields: {
    updated: string;
    created: string;
    summary: string;
    project: { id: string; key: string };
    comment: { total: number; maxResults: number; comments: { id: string; created: string }[] };
    worklog: { total: number; maxResults: number; worklogs: object[] };
    [name: string]: unknown;
  };
  changelog: { total: number; maxResults: number; histories: { id: string; created: string }[] };
}

/** The fields of a search page that tests check. */
export interface TestPage {
  issues: TestIssue[];
  nextPageToken?: string;
  isLast: boolean;
}

/** The Basic header of the sandbox's account. */
export function login(jira: JiraSandbox, token = jira.apiToken): string {
  return `Basic ${Buffer.from(`${jira.email}:${token}`).toString('base64')}`;
}

/** Sends one request on its own connection. Rejects if the connection breaks, even in the middle of the body. */
export function ask(
  jira: JiraSandbox,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const all = { authorization: login(jira), 'content-type': 'application/json', ...headers };
    const sent = request(`${jira.url}${path}`, { method, agent: false, headers: all }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Like {@link ask}, with the body parsed as JSON. */
export async function askJson<T>(
  jira: JiraSandbox,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  return JSON.parse((await ask(jira, method, path, body)).body.toString()) as T;
}

/** Requests a page of a search with POST. */
export function search(jira: JiraSandbox, body: Record<string, unknown>): Promise<TestPage> {
  return askJson<TestPage>(jira, 'POST', '/rest/api/3/search/jql', body);
}

/** Reads all pages of a search and returns the issues. Calls `between` after each page. */
export async function chain(
  jira: JiraSandbox,
  body: Record<string, unknown>,
  between?: (page: number) => void,
): Promise<TestIssue[]> {
  const issues: TestIssue[] = [];
  let nextPageToken: string | undefined;
  for (let page = 0; page < 1000; page++) {
    const got = await search(jira, { ...body, nextPageToken });
    issues.push(...got.issues);
    if (got.isLast !== (got.nextPageToken === undefined))
      throw new Error('isLast and nextPageToken disagree');
    if (got.isLast) return issues;
    nextPageToken = got.nextPageToken;
    between?.(page);
  }
  throw new Error('the chain has no end');
}

/** Returns every byte that the server sends until the connection ends, and how it ended. */
export function rawExchange(
  jira: JiraSandbox,
  path: string,
): Promise<{ bytes: Buffer; end: 'fin' | 'reset' }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(jira.port, '127.0.0.1', () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login(jira)}\r\nConnection: close\r\n\r\n`,
      );
    });
    const done = (end: 'fin' | 'reset') => resolve({ bytes: Buffer.concat(chunks), end });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => done('fin'));
    socket.on('error', () => done('reset'));
  });
}
