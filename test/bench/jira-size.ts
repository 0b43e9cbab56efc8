import { type JiraRead, readJira } from './jira-read.ts';
import type { SandboxProcess } from './sandbox.ts';

/** The size of the site used to measure jira-source. */
export const ISSUES = 20_000;
export const PROJECTS = 6;
/** The streams used to measure the certified source-jira. */
export const FOUR = ['issues', 'comments', 'worklogs', 'issue_changelogs'];

export interface Twice {
  readonly first: JiraRead;
  /** A read from the states of the first one, without changes in between. */
  readonly again: JiraRead;
}

/** @param streams default: all */
export async function readTwice(sandbox: SandboxProcess, streams?: readonly string[]): Promise<Twice> {
  const first = await readJira(sandbox, { streams });
  return { first, again: await readJira(sandbox, { streams, states: first.states }) };
}

/** Requests per 1,000 issues of that site. */
export const perThousand = (requests: number): string => (requests / (ISSUES / 1000)).toFixed(1);
/** Formats a number for a table. */
export const whole = (n: number): string => n.toLocaleString('en');
