import type { Answer } from '@headrace/sdk';

/** What a stream needs to be allowed to read. */
export type Need = 'repository' | 'pullrequest' | 'pipeline' | 'workspace';

/** Scopes that allow it, in both notations: `pullrequest:write`, `read:pullrequest:bitbucket`. */
const ALLOWING: Readonly<Record<Need, RegExp>> = {
  // Reading pull requests includes reading their repository.
  repository: /\b(repository|pullrequest|project)\b/,
  pullrequest: /\bpullrequest\b/,
  pipeline: /\bpipeline\b/,
  workspace: /\b(account|workspace|team)\b/,
};

const NAMES: Readonly<Record<Need, string>> = {
  repository: 'repository (read:repository:bitbucket)',
  pullrequest: 'pullrequest (read:pullrequest:bitbucket)',
  pipeline: 'pipeline (read:pipeline:bitbucket)',
  workspace: 'account (read:workspace:bitbucket)',
};

/** The scopes of the credential, as Bitbucket's answers tell them. */
export interface Scopes {
  /** To be called with each answer. */
  hear(answer: Pick<Answer, 'headers'>): void;
  /** The scope that the credential lacks; undefined if it has it, or if no answer told its scopes. */
  lacking(need: Need): string | undefined;
}

export function scopes(): Scopes {
  let granted: string | undefined;
  return {
    hear({ headers }) {
      const told = headers['x-oauth-scopes'];
      if (typeof told === 'string' && told.trim() !== '') granted = told;
    },
    lacking: (need) => (granted === undefined || ALLOWING[need].test(granted) ? undefined : NAMES[need]),
  };
}
