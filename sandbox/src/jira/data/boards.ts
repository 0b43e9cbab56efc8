import { below } from '../../http/random.ts';
import type { Project } from './projects.ts';
import { SITE } from './site.ts';
import type { World } from './world.ts';

export interface Board {
  id: number;
  type: 'scrum' | 'kanban' | 'simple';
  /** Indexes of the projects covered by its filter. */
  projects: readonly number[];
  /** Ids of the sprints it shows, including those of other boards. Undefined if the board does not support sprints. */
  sprints: readonly number[] | undefined;
  /** True if its filter is not shared with the account: the board is listed, but nothing on it can be read. */
  hidden: boolean;
  /** True if none of its columns has a status. */
  unmapped: boolean;
  json: Buffer;
}

/** A sprint. Several boards may show the same one. */
export interface Sprint {
  id: number;
  state: 'closed' | 'active' | 'future';
  json: Buffer;
}

export interface Agile {
  boards: readonly Board[];
  sprints: Map<number, Sprint>;
  /** The id of the sprint that the issue at place `n` is in, if any. */
  sprintOf(n: number): number | undefined;
}

/** The sprints that contain issues; the last one is active. They alternate between boards 1 and 2. */
export const FILLED_SPRINTS = [7, 8, 9, 10] as const;
const FIRST_MORE_SPRINT = 11;
const FORTNIGHT = 14 * 86_400_000;
const FIRST_START = Date.UTC(2024, 0, 8, 8, 0, 0, 137);

/** Index into {@link FILLED_SPRINTS} of the sprint, or undefined. The sprint field agrees with it. */
export function sprintIndexOf(seed: number, n: number): number | undefined {
  return below(3, seed, n, 42) === 0 ? undefined : below(FILLED_SPRINTS.length, seed, n, 43);
}

/**
 * Three scrum boards: the third belongs to a person and also shows the second one's sprints. A Kanban board for each
 * company-managed project; one has no mapped columns and one more is hidden. A `simple` board for each team-managed
 * project, every other one with sprints. The first board has `more` additional closed sprints.
 */
export function agileOf(world: World, more: number): Agile {
  const { projects, seed, people } = world;
  const sprints = new Map<number, Sprint>();
  let nextSprint = FIRST_MORE_SPRINT;
  const add = (boardId: number, state: Sprint['state'], id = nextSprint++): number => {
    sprints.set(id, sprint(id, boardId, state));
    return id;
  };
  const [first, second] = [projects[0]!, projects[1] ?? projects[0]!];
  const [a, b, c, d] = FILLED_SPRINTS;
  const boards: Board[] = [];
  const board = (
    name: string,
    home: Project | undefined,
    rest: Partial<Omit<Board, 'json' | 'id'>>,
  ): void => {
    const id = boards.length + 1;
    const type = rest.type ?? 'kanban';
    const location = home ? projectLocation(home) : personLocation(people[0]!);
    const self = `${SITE}/rest/agile/1.0/board/${id}`;
    const json = { id, self, name, type, location, isPrivate: false };
    boards.push({
      projects: home ? [home.index] : [],
      sprints: undefined,
      hidden: false,
      unmapped: false,
      ...rest,
      id,
      type,
      json: Buffer.from(JSON.stringify(json)),
    });
  };
  const closed = Array.from({ length: more }, () => add(1, 'closed'));
  board(`${first.key} board`, first, {
    type: 'scrum',
    sprints: [...closed, add(1, 'closed', a), add(1, 'closed', c), add(1, 'future')],
  });
  const shared = [add(2, 'closed', b), add(2, 'active', d)];
  board(`${second.key} board`, second, { type: 'scrum', sprints: [...shared, add(2, 'future')] });
  board('Release train 🚆', undefined, {
    type: 'scrum',
    sprints: shared,
    projects: [...new Set([first.index, second.index])],
  });
  board('Management view', first, { hidden: true });
  for (const project of projects) {
    if (!project.teamManaged) board(`${project.key} Kanban`, project, { unmapped: project.index === 1 });
    else {
      const id = boards.length + 1;
      const own = project.index % 2 === 0 ? [add(id, 'closed'), add(id, 'active')] : undefined;
      board(`${project.key} board`, project, { type: 'simple', sprints: own });
    }
  }
  return {
    boards,
    sprints,
    sprintOf: (n) => {
      const index = sprintIndexOf(seed, n);
      return index === undefined ? undefined : FILLED_SPRINTS[index];
    },
  };
}

function projectLocation({ id, key, name }: Project): object {
  return {
    projectId: Number(id),
    displayName: `${name} (${key})`,
    projectName: name,
    projectKey: key,
    projectTypeKey: 'software',
    avatarURI: `https://a.example/p/${id}?size=small`,
    name: `${name} (${key})`,
  };
}

function personLocation({ accountId, displayName }: World['people'][number]): object {
  const avatarURI = `https://a.example/u/${accountId}?size=small`;
  return { userId: 10_000, userAccountId: accountId, displayName, avatarURI, name: displayName };
}

/** A two-week sprint. A future sprint has no dates; only a closed one has a completion date. */
function sprint(id: number, originBoardId: number, state: Sprint['state']): Sprint {
  const start = FIRST_START + (id - FILLED_SPRINTS[0]) * FORTNIGHT;
  const at = (ms: number): string => new Date(ms).toISOString();
  const dates = {
    startDate: at(start),
    endDate: at(start + FORTNIGHT),
    ...(state === 'closed' ? { completeDate: at(start + FORTNIGHT + 5_398_980) } : {}),
  };
  const json = {
    id,
    self: `${SITE}/rest/agile/1.0/sprint/${id}`,
    state,
    name: `Sprint ${id}`,
    ...(state === 'future' ? {} : dates),
    createdDate: at(start - FORTNIGHT),
    originBoardId,
    goal: id % 3 === 0 ? '' : `Ziel für Sprint ${id} ✅`,
  };
  return { id, state, json: Buffer.from(JSON.stringify(json)) };
}
