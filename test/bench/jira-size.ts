import { type JiraRead, readJira } from './jira-read.ts';
import type { SandboxProcess } from './sandbox.ts';

/** The site that jira-source is measured with. */
export const ISSUES = 20_000;
export const PROJECTS = 6;
/** What the certified source-jira was measured with. */
export const FOUR = ['issues', 'comments', 'worklogs', 'issue_changelogs'];

export interface Twice {
  readonly first: JiraRead;
  /** From the states of the first one; nothing changed in between. */
  readonly again: JiraRead;
}

/** @param streams → all */
export async function readTwice(sandbox: SandboxProcess, streams?: readonly string[]): Promise<Twice> {
  const first = await readJira(sandbox, { streams });
  return { first, again: await readJira(sandbox, { streams, states: first.states }) };
}

/** Requests of a read of that site. */
export const perThousand = (requests: number): string => (requests / (ISSUES / 1000)).toFixed(1);
/** A number for a table. */
export const whole = (n: number): string => n.toLocaleString('en');
