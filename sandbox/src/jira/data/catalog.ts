import { SITE } from './site.ts';

/** An entry of a list that the site's administrators maintain (status, priority, …). */
export interface Named {
  id: string;
  name: string;
  json: Buffer;
}

/** A status. An issue in a `done` status has a resolution. */
export interface Status extends Named {
  done: boolean;
}

const CATEGORIES = {
  new: {
    self: `${SITE}/rest/api/3/statuscategory/2`,
    id: 2,
    key: 'new',
    colorName: 'blue-gray',
    name: 'To Do',
  },
  busy: {
    self: `${SITE}/rest/api/3/statuscategory/4`,
    id: 4,
    key: 'indeterminate',
    colorName: 'yellow',
    name: 'In Progress',
  },
  done: { self: `${SITE}/rest/api/3/statuscategory/3`, id: 3, key: 'done', colorName: 'green', name: 'Done' },
} as const;

function named(kind: string, id: string, name: string, more: object): Named {
  const json = { self: `${SITE}/rest/api/3/${kind}/${id}`, ...more, name, id };
  return { id, name, json: Buffer.from(JSON.stringify(json)) };
}

function status(id: string, name: string, category: keyof typeof CATEGORIES): Status {
  const more = {
    description: '',
    iconUrl: `https://a.example/s/${id}`,
    statusCategory: CATEGORIES[category],
  };
  return { ...named('status', id, name, more), done: category === 'done' };
}

/** Statuses in workflow order. */
export const STATUSES: readonly Status[] = [
  status('10000', 'To Do', 'new'),
  status('3', 'In Progress', 'busy'),
  status('10020', '评审中', 'busy'),
  status('10021', 'Blocked 🚧', 'busy'),
  status('10001', 'Done', 'done'),
  status('10022', 'Erledigt', 'done'),
];

export const ISSUE_TYPES: readonly Named[] = [
  ['10001', 'Story', 0],
  ['10002', 'Task', 0],
  ['10003', '缺陷', 0],
  ['10004', 'Bug', 0],
  ['10000', 'Epic', 1],
].map(([id, name, hierarchyLevel], index) =>
  named('issuetype', String(id), String(name), {
    description: '',
    iconUrl: `https://a.example/t/${10_315 + index}`,
    subtask: false,
    avatarId: 10_315 + index,
    hierarchyLevel,
  }),
);

export const PRIORITIES: readonly Named[] = ['Highest', 'High', 'Medium', 'Low', 'Lowest'].map(
  (name, index) =>
    named('priority', String(index + 1), name, {
      iconUrl: `https://a.example/i/${index + 1}`,
    }),
);

/** Resolutions of finished issues. */
export const RESOLUTIONS: readonly Named[] = ['Done', "Won't Do", 'Duplicate', 'Nicht reproduzierbar'].map(
  (name, index) =>
    named('resolution', String(10_000 + index), name, { description: `Resolved as “${name}”.` }),
);

/** The label sets that issues use. */
export const LABEL_SETS: readonly (readonly string[])[] = [
  [],
  ['backend'],
  ['frontend', 'größe'],
  ['tech-debt', '紧急'],
  ['release-🚀'],
];
