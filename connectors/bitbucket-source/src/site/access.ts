import type { Need, Scopes } from '../answers/scopes.ts';
import type { Repositories } from './repositories.ts';

interface Asked {
  readonly repositories: Repositories;
  readonly lacking: Scopes['lacking'];
}

/** For a stream's `access`: the scope that the credential lacks, as the answers tell it. */
export function lacks(need: Need): (api: Asked) => Promise<string | undefined> {
  return async ({ repositories, lacking }) => {
    // The scopes come with any answer.
    await repositories.all();
    return lacking(need);
  };
}
