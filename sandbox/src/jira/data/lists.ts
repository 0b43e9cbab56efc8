import { draw } from '../../http/random.ts';
import { ISSUE_TYPES, LABEL_SETS, PRIORITIES, RESOLUTIONS, STATUSES } from './catalog.ts';
import { fieldList, searchableFields } from './fields.ts';
import type { Project } from './projects.ts';
import { permissionSchemes, workflows } from './schemes.ts';
import { SITE } from './site.ts';
import type { World } from './world.ts';

/** The lists that a site's administrators maintain. Each entry is the JSON that its endpoint sends. */
export interface SiteLists {
  fields: readonly Buffer[];
  /** The list of `/field/search`: without the fields of team-managed projects, with some that `/field` omits. */
  searchableFields: readonly Buffer[];
  statuses: readonly Buffer[];
  issueTypes: readonly Buffer[];
  priorities: readonly Buffer[];
  resolutions: readonly Buffer[];
  linkTypes: readonly Buffer[];
  permissionSchemes: readonly Buffer[];
  workflows: readonly Buffer[];
  /** JSON strings. */
  labels: readonly Buffer[];
}

/** A value as the JSON that the vendor sends. */
export const jsonOf = (value: object | string): Buffer => Buffer.from(JSON.stringify(value));

/** Generates the lists of a site. */
export function listsOf(world: World): SiteLists {
  const team = world.projects.filter(({ teamManaged }) => teamManaged);
  const global = { type: 'GLOBAL' };
  const scopes = [global, ...team.slice(0, 2).map(({ id }) => ({ type: 'PROJECT', project: { id } }))];
  return {
    fields: fieldList(world).map(jsonOf),
    searchableFields: searchableFields().map(jsonOf),
    statuses: scopes.flatMap((scope, k) =>
      STATUSES.map(({ json }) => statusDetails(json, scope, k * 100)).slice(0, k === 0 ? undefined : 3),
    ),
    issueTypes: ISSUE_TYPES.map(({ json }) => json),
    priorities: PRIORITIES.map(({ json }, i) =>
      withMembers(json, { statusColor: '#ff7452', description: '', isDefault: i === 2 }),
    ),
    resolutions: RESOLUTIONS.map(({ json }, i) => withMembers(json, { isDefault: i === 0 })),
    linkTypes: LINK_TYPES.map(([name, inward, outward], i) => {
      const id = String(10_000 + i);
      return jsonOf({ id, name, inward, outward, self: `${SITE}/rest/api/3/issueLinkType/${id}` });
    }),
    permissionSchemes: permissionSchemes(team).map(jsonOf),
    workflows: workflows(world.seed, team).map(jsonOf),
    // Escapes that a serialiser would not write this way: the first is unnecessary, the second is required.
    labels: [
      ...LABEL_SETS.flat().sort().map(jsonOf),
      Buffer.from('"z-caf\\u00e9\\/bar"'),
      Buffer.from('"zz-\\u2028"'),
    ],
  };
}

const LINK_TYPES = [
  ['Blocks', 'is blocked by', 'blocks'],
  ['Cloners', 'is cloned by', 'clones'],
  ['Duplicate', 'is duplicated by', 'duplicates'],
  ['Ursache', 'wird verursacht von', 'verursacht'],
] as const;

const CATEGORIES: Readonly<Record<string, string>> = {
  new: 'TODO',
  indeterminate: 'IN_PROGRESS',
  done: 'DONE',
};

/** A status in the format of `/statuses/search`, built from the older format used inside issues. */
export function statusDetails(older: Buffer, scope: object, plus = 0): Buffer {
  const { id, name, description, statusCategory } = JSON.parse(older.toString()) as {
    id: string;
    name: string;
    description: string;
    statusCategory: { key: string };
  };
  const category = CATEGORIES[statusCategory.key];
  return jsonOf({ id: String(Number(id) + plus), name, statusCategory: category, scope, description });
}

function withMembers(json: Buffer, more: object): Buffer {
  return jsonOf({ ...(JSON.parse(json.toString()) as object), ...more });
}

/** Number of versions and components of a project: a few, but more than one page for the first project. */
const countIn = ({ index }: Project): number => (index === 0 ? 57 : 2 + (index % 4));

/** A project's versions in the format of `/project/{key}/version`: released, overdue, archived and open ones. */
export function versionsOf(seed: number, project: Project): Buffer[] {
  return Array.from({ length: countIn(project) }, (_, i) => {
    const id = String(10_000 + project.index * 100 + i);
    const released = i % 3 !== 2;
    const month = String(1 + (i % 12)).padStart(2, '0');
    const json = {
      self: `${SITE}/rest/api/3/version/${id}`,
      id,
      description: i % 2 === 0 ? `Größere Änderungen in ${i}` : undefined,
      name: `${project.key} 1.${i}`,
      archived: i % 7 === 6,
      released,
      startDate: `2025-${month}-01`,
      releaseDate: `2025-${month}-28`,
      overdue: released ? undefined : true,
      userStartDate: `01/${month}/25`,
      userReleaseDate: `28/${month}/25`,
      projectId: Number(project.id),
      driver: i % 4 === 0 ? draw(seed, i, 61).toString(16) : undefined,
      issuesStatusForFixVersion: { unmapped: 0, toDo: i, inProgress: 1, done: 10 * i },
    };
    return jsonOf(json);
  });
}

/** A project's components in the format of `/project/{key}/component`. Every other one has a lead. */
export function componentsOf({ people }: World, project: Project): Buffer[] {
  return Array.from({ length: countIn(project) }, (_, i) => {
    const id = String(20_000 + project.index * 100 + i);
    const lead = i % 2 === 0 ? JSON.parse(people[i % people.length]!.reference.toString()) : undefined;
    const assigneeType = lead ? 'COMPONENT_LEAD' : 'PROJECT_DEFAULT';
    const json = {
      self: `${SITE}/rest/api/3/component/${id}`,
      id,
      name: `Komponente ${i}`,
      description: `Part ${i} of ${project.name}`,
      lead,
      assigneeType,
      assignee: lead,
      realAssigneeType: assigneeType,
      realAssignee: lead,
      isAssigneeTypeValid: lead !== undefined,
      project: project.key,
      projectId: Number(project.id),
      issueCount: 3 * i,
    };
    return jsonOf(json);
  });
}
