/** Custom fields that are null in most issues. Team-managed projects have only the first few. */
const CUSTOM = Array.from({ length: 28 }, (_, i) => `customfield_${10_021 + i}`);
const SYSTEM_NULLS = [
  'timespent',
  'aggregatetimespent',
  'timeestimate',
  'lastViewed',
  'security',
  'environment',
  'duedate',
];

function nulls(custom: readonly string[]): Buffer {
  const named = [...SYSTEM_NULLS, ...custom].map((name) => `"${name}":null`).join(',');
  const rank = '"customfield_10019":"0|i000uf:","customfield_10015":"2026-06-12"';
  const lists = ['versions', 'fixVersions', 'components', 'issuelinks', 'subtasks']
    .map((name) => `"${name}":[]`)
    .join(',');
  return Buffer.from(`${named},${rank},${lists},"workratio":-1`);
}

/** The `fields` members that are the same in every issue of a company-managed project. */
export const FULL_NULLS: Buffer = nulls(CUSTOM);
/** The same for a team-managed project. */
export const LEAN_NULLS: Buffer = nulls(CUSTOM.slice(0, 4));

const SYSTEM: readonly (readonly [string, string, string])[] = [
  ['statuscategorychangedate', 'Status Category Changed', 'datetime'],
  ['issuetype', 'Issue Type', 'issuetype'],
  ['project', 'Project', 'project'],
  ['resolution', 'Resolution', 'resolution'],
  ['resolutiondate', 'Resolved', 'datetime'],
  ['created', 'Created', 'datetime'],
  ['updated', 'Updated', 'datetime'],
  ['priority', 'Priority', 'priority'],
  ['status', 'Status', 'status'],
  ['labels', 'Labels', 'array'],
  ['summary', 'Summary', 'string'],
  ['description', 'Description', 'string'],
  ['creator', 'Creator', 'user'],
  ['reporter', 'Reporter', 'user'],
  ['assignee', 'Assignee', 'user'],
  ['watches', 'Watchers', 'watches'],
  ['votes', 'Votes', 'votes'],
  ['attachment', 'Attachment', 'array'],
  ['comment', 'Comment', 'comments-page'],
  ['worklog', 'Log Work', 'array'],
  ['progress', 'Progress', 'progress'],
  ['versions', 'Affects versions', 'array'],
  ['fixVersions', 'Fix versions', 'array'],
  ['components', 'Components', 'array'],
  ['issuelinks', 'Linked Issues', 'array'],
  ['subtasks', 'Sub-tasks', 'array'],
  ['workratio', 'Work Ratio', 'number'],
  ...SYSTEM_NULLS.map((id) => [id, id, 'string'] as const),
];

const DEVELOPMENT = 'customfield_10000';
const SPECIAL: Readonly<Record<string, readonly [string, string, string]>> = {
  [DEVELOPMENT]: [
    'Development',
    'any',
    'com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf',
  ],
  customfield_10015: ['Start date', 'date', 'com.atlassian.jira.plugin.system.customfieldtypes:datepicker'],
  customfield_10019: ['Rank', 'any', 'com.pyxis.greenhopper.jira:gh-lexo-rank'],
  customfield_10020: ['Sprint', 'array', 'com.pyxis.greenhopper.jira:gh-sprint'],
};

/** `GET /field`: system fields first, then custom fields, including the Development field. */
export function fieldList({ developmentField }: { developmentField: boolean }): object[] {
  const system = SYSTEM.map(([id, name, type]) => ({
    id,
    key: id,
    name,
    custom: false,
    orderable: true,
    navigable: true,
    searchable: true,
    clauseNames: [id],
    schema: { type, system: id },
  }));
  const odd = Array.from({ length: 10 }, (_, i) => `customfield_${10_901 + i}`);
  const special = Object.keys(SPECIAL).filter((id) => developmentField || id !== DEVELOPMENT);
  const custom = [...special, ...CUSTOM, ...odd].map((id) => {
    const [name, type, kind] = SPECIAL[id] ?? [
      `Feld ${id.slice(12)}`,
      'string',
      'com.atlassian.jira.plugin.system.customfieldtypes:textfield',
    ];
    const customId = Number(id.slice(12));
    const schema = { type, custom: kind, customId };
    return {
      id,
      key: id,
      name,
      untranslatedName: name,
      custom: true,
      orderable: true,
      navigable: true,
      searchable: true,
      clauseNames: [`cf[${customId}]`, name],
      schema,
    };
  });
  return [...system, ...custom];
}

/**
 * `GET /field/search`: the custom fields of company-managed projects in more detail, plus two fields that are on no
 * screen, which `/field` omits.
 */
export function searchableFields(): object[] {
  return [...CUSTOM, 'customfield_10990', 'customfield_10991'].map((id) => ({
    id,
    key: id,
    name: `Feld ${id.slice(12)}`,
    schema: {
      type: 'string',
      custom: 'com.atlassian.jira.plugin.system.customfieldtypes:textfield',
      customId: Number(id.slice(12)),
    },
    description: 'Für “alle”',
    isLocked: false,
    isUnscreenable: false,
    searcherKey: 'com.atlassian.jira.plugin.system.customfieldtypes:textsearcher',
    screensCount: 0,
    contextsCount: 1,
    projectsCount: 1,
    lastUsed: { type: 'NO_INFORMATION' },
    stableId: id,
    typeDisplayName: 'Short text',
  }));
}

/** Fields that `*navigable` omits. */
export const NOT_NAVIGABLE: ReadonlySet<string> = new Set(['comment', 'worklog', 'attachment']);
