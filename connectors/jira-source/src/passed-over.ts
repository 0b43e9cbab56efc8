import { isHeadraceError, type Log, type Page } from '@headrace/sdk';

/** What the streams of a read left out, by kind; each kind is told once, with its count. */
export interface PassedOver {
  /** Called for each thing left out; `what` is a plural that stays the same: `boards that have no sprints`. */
  add(stream: string, what: string, count?: number): void;
  /** Logs each kind. Called once, when every stream has ended. */
  tell(): void;
}

export function passedOver(log: Log): PassedOver {
  const counts = new Map<string, number>();
  return {
    add: (stream, what, count = 1) => {
      if (count === 0) return;
      const kind = `${stream}: passed over ${what}`;
      counts.set(kind, (counts.get(kind) ?? 0) + count);
    },
    tell: () => {
      for (const [kind, count] of counts) log.info(`${kind} (${count})`);
    },
  };
}

/** A refusal that means that there is nothing to read: what Jira says then, and what that is called. */
export interface Refusal {
  readonly says: string;
  readonly what: string;
}

/** Jira's words (jira-cloud.md, Streams and their calls). A status alone is never enough: bad JQL is a 400 too. */
export const NO_SPRINTS: Refusal = {
  says: 'board does not support sprints',
  what: 'boards that have no sprints',
};
export const NO_BOARD: Refusal = {
  says: 'requested board cannot be viewed',
  what: 'boards that are private or gone',
};
export const NO_COLUMNS: Refusal = {
  says: 'board has no columns with a mapped status',
  what: 'boards without a column that has a status',
};
export const NO_SPRINT: Refusal = {
  says: 'requested sprint cannot be viewed',
  what: 'sprints that went away while they were read',
};
export const NO_PROJECT: Refusal = {
  says: 'No project could be found with',
  what: 'projects that went out of sight while they were read',
};
export const NO_ISSUE: Refusal = {
  says: 'Issue does not exist or you do not have permission to see it',
  what: 'issues that went away while what belongs to them was read',
};
export const NO_LINKS: Refusal = {
  says: 'Issue linking is currently disabled',
  what: 'the list: issue linking is switched off on this site',
};

/** The refusal that an error is, if it is one of these: told by Jira's words, never by the status alone. */
export function refusalIn(refusals: readonly Refusal[], error: unknown): Refusal | undefined {
  return refusals.find(({ says }) => isAnswer(error) && error.message.includes(says));
}

/**
 * Pages of a stream, up to where Jira refuses with one of these: that is counted. Any other error stays one.
 * @param refused called then too
 */
export async function* unless<P extends Page>(
  refusals: readonly Refusal[],
  stream: string,
  { passedOver }: { readonly passedOver: PassedOver },
  pages: AsyncIterable<P>,
  refused?: () => void,
): AsyncGenerator<P> {
  try {
    yield* pages;
  } catch (error) {
    const refusal = refusalIn(refusals, error);
    if (refusal === undefined) throw error;
    passedOver.add(stream, refusal.what);
    refused?.();
  }
}

/** Whether an error is an answer of Jira's that asking again does not change: its message holds what Jira said. */
function isAnswer(error: unknown): error is Error {
  return isHeadraceError(error) && /^http\.4\d\d$/.test(error.code);
}
