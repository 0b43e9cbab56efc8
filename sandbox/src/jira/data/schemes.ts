import { draw } from '../../http/random.ts';
import { STATUSES } from './catalog.ts';
import type { Project } from './projects.ts';
import { SITE } from './site.ts';

/** `/permissionscheme?expand=all`: the default scheme, and one for each team-managed project. */
export function permissionSchemes(team: readonly Project[]): object[] {
  const grants = (id: number): object[] =>
    ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'ADMINISTER_PROJECTS'].map((permission, i) => ({
      id: id * 100 + i,
      self: `${SITE}/rest/api/3/permissionscheme/${id}/permission/${id * 100 + i}`,
      holder:
        i === 0
          ? { type: 'applicationRole' }
          : { type: 'projectRole', parameter: '10002', value: '10002', expand: 'projectRole' },
      permission,
    }));
  const scheme = (id: number, name: string, more: object = {}): object => ({
    expand: 'permissions,user,group,projectRole,field,all',
    id,
    self: `${SITE}/rest/api/3/permissionscheme/${id}`,
    name,
    description: 'Wer was darf: “default”',
    ...more,
    permissions: grants(id),
  });
  return [
    scheme(0, 'Default software scheme'),
    ...team.map((project) =>
      scheme(10_000 + project.index, `${project.name} scheme`, {
        scope: { type: 'PROJECT', project: { id: project.id } },
      }),
    ),
  ];
}

/** `/workflows/search?expand=values.transitions`: a global workflow, and one for each team-managed project. */
export function workflows(seed: number, team: readonly Project[]): object[] {
  return [
    workflow(seed, 0, 'Software Simplified Workflow', { type: 'GLOBAL' }),
    ...team.map((project) =>
      workflow(seed, project.index + 1, `Workflow for ${project.name}`, {
        type: 'PROJECT',
        project: { id: project.id },
      }),
    ),
  ];
}

function workflow(seed: number, n: number, name: string, scope: object): object {
  return {
    id: uuid(seed, n),
    name,
    description: '',
    scope,
    version: { versionNumber: n, id: uuid(seed, n + 1000) },
    statuses: STATUSES.map(({ id }, i) => ({
      statusReference: id,
      layout: { x: 114 + 1.5 * i, y: -16 },
      properties: {},
      deprecated: false,
    })),
    transitions: STATUSES.map(({ id }, i) => ({
      id: String(11 + 10 * i),
      type: i === 0 ? 'INITIAL' : 'GLOBAL',
      toStatusReference: id,
      links: [],
      name: `→ ${i}`,
      description: '',
      actions: [],
      validators: [],
      triggers: [],
      properties: {},
    })),
    isEditable: n > 0,
    created: '2024-01-08T08:00:00.000+0000',
    updated: n === 0 ? null : '2025-03-28T16:06:20.165+0000',
    startPointLayout: { x: 114, y: -16 },
    loopedTransitionContainerLayout: null,
    taskId: null,
  };
}

function uuid(seed: number, n: number): string {
  const hex = (salt: number) => draw(seed, n, salt).toString(16).padStart(8, '0');
  const [a, b, c] = [hex(81), hex(82), hex(83)];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(5)}-${hex(84)}${hex(85).slice(0, 4)}`;
}
