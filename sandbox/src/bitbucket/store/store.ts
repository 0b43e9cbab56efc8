import { below } from '../../http/random.ts';
import type { Repository, Workspace } from './facts.ts';
import { type Person, personOf } from './people.ts';

/** All data of a sandbox. */
export interface Store {
  seed: number;
  people: Person[];
  workspaces: Workspace[];
  /** In order of creation, deleted ones too. */
  repositories: Repository[];
  /** How many of each were made so far. Ids and texts are drawn from these numbers. */
  made: { commits: number; pullRequests: number; comments: number; pipelines: number; steps: number };
}

/** A store without repositories. */
export function emptyStore(seed: number, people: number): Store {
  return {
    seed,
    people: Array.from({ length: people }, (_, index) => personOf(seed, index)),
    workspaces: [],
    repositories: [],
    made: { commits: 0, pullRequests: 0, comments: 0, pipelines: 0, steps: 0 },
  };
}

/** One of the accounts, drawn from two numbers. */
export function somebody({ seed, people }: Store, n: number, salt: number): Person {
  return people[below(people.length, seed, n, salt)]!;
}
