import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A small vendor API: projects with issues, comments on all issues, users. */
export interface TrackerApi {
  readonly url: string;
  readonly token: string;
  /** Paths with query strings, as requested. */
  readonly requests: string[];
  /** Called before each answer. A status other than 0 is sent as the answer; `hang` never answers. */
  fault: (path: string, query: URLSearchParams) => number | 'hang';
  /** Delay of an answer in ms. */
  delay: (path: string) => number;
  /** Adds an issue that is newer than all others. */
  addIssue(project: string): void;
  stop(): Promise<void>;
}

export const PROJECTS = ['p1', 'p2', 'p3', 'p4', 'p5'];
export const ISSUES_PER_PROJECT = 40;
export const COMMENTS = 130;
const PAGE = 10;
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

export interface TrackerOptions {
  readonly issuesPerProject?: number;
  /** Records per page. */
  readonly page?: number;
  /** Extra length of each title. */
  readonly longer?: number;
}

export async function startTracker(options: TrackerOptions = {}): Promise<TrackerApi> {
  const { issuesPerProject = ISSUES_PER_PROJECT, page: perPage = PAGE, longer = 0 } = options;
  const more = 'x'.repeat(longer);
  // By project, ordered by last change.
  const issues = new Map(
    PROJECTS.map((project, p) => [
      project,
      Array.from({ length: issuesPerProject }, (_, n) => issue(project, n, p * 7 + n, more)),
    ]),
  );
  const comments = Array.from({ length: COMMENTS }, (_, n) => ({
    id: n + 1,
    updated: START + n * MINUTE,
    text: `comment “${n}” \u2028 🚀`,
    author: undefined,
  }));
  const requests: string[] = [];
  const token = 'sesame-open-please-4711';

  const lists: Record<string, (query: URLSearchParams) => object[]> = {
    '/projects': () => PROJECTS.map((id) => ({ id, name: `Project ${id}` })),
    '/users': () => Array.from({ length: 25 }, (_, n) => ({ id: `u${n}`, email: `u${n}@example.org` })),
    '/issues': (query) =>
      issues.get(query.get('project')!)!.filter(({ updated }) => updated > Number(query.get('since'))),
    '/comments': (query) => comments.filter(({ updated }) => updated > Number(query.get('since'))),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'http://tracker');
    requests.push(request.url!);
    const ms = api.delay(pathname);
    if (ms > 0) await setTimeout(ms);
    const wrong =
      request.headers.authorization === `Bearer ${token}` ? api.fault(pathname, searchParams) : 401;
    if (wrong === 'hang') return;
    const list = lists[pathname];
    if (wrong !== 0 || !list) {
      response.statusCode = wrong || 404;
      response.end(JSON.stringify({ error: `no, ${request.headers.authorization}` }));
      return;
    }
    const page = Number(searchParams.get('page'));
    const found = list(searchParams);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        values: found.slice(page * perPage, (page + 1) * perPage),
        more: found.length > (page + 1) * perPage,
      }),
    );
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api: TrackerApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    requests,
    fault: () => 0,
    delay: () => 0,
    addIssue: (project) => {
      const list = issues.get(project)!;
      list.push(issue(project, list.length, 100_000 + list.length));
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return api;
}

function issue(project: string, n: number, minute: number, more = '') {
  return {
    id: `${project}-${n}`,
    project,
    title: `Issue ${n} of ${project}${more}`,
    updated: START + minute * MINUTE,
    parent: n % 3 === 0 ? undefined : { id: `${project}-0`, note: undefined },
  };
}
