import { elementsOf, valueAt } from '../../http/jsonBytes.ts';
import type { BitbucketSandbox } from '../sandbox.ts';

/** An answer as a test looks at it. */
export interface Asked {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Asks as the account, without following redirects. @param path below `/2.0`, or a whole address */
export async function ask(
  { url, email, apiToken }: BitbucketSandbox,
  path: string,
  init: { method?: string; body?: URLSearchParams; authorization?: string } = {},
): Promise<Asked> {
  const {
    method = 'GET',
    body,
    authorization = `Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`,
  } = init;
  const answer = await fetch(path.startsWith('http') ? path : `${url}/2.0/${path}`, {
    method,
    redirect: 'manual',
    headers: { authorization, connection: 'close' },
    ...(body && { body }),
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}

/** What an answer says; fails if its status is not 200. */
export async function askJson<T>(bitbucket: BitbucketSandbox, path: string): Promise<T> {
  const { status, text } = await ask(bitbucket, path);
  if (status !== 200) throw new Error(`${status} ${path}: ${text}`);
  return JSON.parse(text) as T;
}

/** A page of any list. */
export interface Page<T = Record<string, unknown>> {
  values: T[];
  next?: string;
  size?: number;
  page?: number;
  pagelen: number;
}

/** The rows of a list, all pages as `next` leads through them. */
export async function all<T = Record<string, unknown>>(
  bitbucket: BitbucketSandbox,
  path: string,
): Promise<T[]> {
  const rows: T[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Page<T> = await askJson<Page<T>>(bitbucket, next);
    rows.push(...page.values);
    next = page.next;
  }
  return rows;
}

/** The texts of a list's rows as sent, all pages. */
export async function allTexts(bitbucket: BitbucketSandbox, path: string): Promise<string[]> {
  const rows: string[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { text } = await ask(bitbucket, next);
    const json = Buffer.from(text);
    for (const row of elementsOf(json, valueAt(json, 'values'))) rows.push(row.toString());
    next = (JSON.parse(text) as Page<object>).next;
  }
  return rows;
}

/** The query with everything escaped: `{q: 'id > 3'}` → `q=id+%3E+3`. */
export function query(members: Record<string, string | number>): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) made.set(name, String(value));
  return made.toString();
}
