import { below } from '../random.ts';
import type { Project } from './projects.ts';
import { SITE } from './site.ts';
import type { World } from './world.ts';

/** A board of the site. */
export interface Board {
  id: number;
  type: 'scrum' | 'kanban' | 'simple';
  /** Indexes of the projects whose issues its filter finds. */
  projects: readonly number[];
  /** Ids of the sprints that it shows, its own and those that it shares; undefined: it has none at all. */
  sprints: readonly number[] | undefined;
  /** Its filter is not shared with the account: it is listed, and nothing in it can be viewed. */
  hidden: boolean;
  /** None of its columns has a status. */
  unmapped: boolean;
  json: Buffer;
}

/** A sprint; several boards may show it. */
export interface Sprint {
  id: number;
  state: 'closed' | 'active' | 'future';
  json: Buffer;
}

/** The boards and sprints of a site. */
export interface Agile {
  boards: readonly Board[];
  sprints: Map<number, Sprint>;
  /** The sprint that the issue at a place is in, if any. */
  sprintOf(n: number): number | undefined;
}

/** The sprints that issues are in, the last one active: boards 1 and 2 have them in turn. */
export const FILLED_SPRINTS = [7, 8, 9, 10] as const;
const FIRST_MORE_SPRINT = 11;
const FORTNIGHT = 14 * 86_400_000;
const FIRST_START = Date.UTC(2024, 0, 8, 8, 0, 0, 137);

/** Which of {@link FILLED_SPRINTS} an issue is in, by its index; undefined: none. The issue's own field says the same. */
export function sprintIndexOf(seed: number, n: number): number | undefined {
  return below(3, seed, n, 42) === 0 ? undefined : below(FILLED_SPRINTS.length, seed, n, 43);
}

/**
 * Three scrum boards, the third one a person's that shows the second one's sprints too; a Kanban board for every
 * company-managed project, one of them without mapped columns and one more that is hidden; a `simple` one for every
 * team-managed project, every other of them with sprints. The first board has `more` closed sprints besides.
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

/** A sprint of two weeks; a future one has no dates, and only a closed one says when it was completed. */
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
