import { FIRST_PROJECT_ID, SITE } from './site.ts';

export interface Project {
  /** Place in the list of projects, from 0. */
  index: number;
  id: string;
  key: string;
  /** Earlier keys, which still find the project. */
  formerKeys: readonly string[];
  /** `KEY-`, encoded. */
  keyPrefix: Buffer;
  name: string;
  /** Team-managed ("next-gen") projects have fewer fields and smaller issues. */
  teamManaged: boolean;
  status: 'live' | 'archived' | 'deleted';
  /** False if the account has lost the permission to browse it. */
  visible: boolean;
  /** JSON of the project inside an issue. */
  reference: Buffer;
  /** JSON of the project in `/project/search`, without the closing `}`. */
  listed: Buffer;
}

const KNOWN: readonly (readonly [string, string])[] = [
  ['ENG', 'Engineering'],
  ['OPS', 'Operations'],
  ['WEB', 'Web Shop'],
  ['MOB', 'Mobile App'],
  ['DATA', 'Datenplattform'],
  ['SUP', '客户支持'],
  ['PAY', 'Payments'],
  ['SEC', 'Security'],
  ['INFRA', 'Infrastructure'],
  ['DOC', 'Documentation'],
  ['QA', 'Qualité'],
  ['UX', 'Design & Research'],
];

/** The initial projects of a site; every third one is team-managed. */
export function projectsOf(count: number): Project[] {
  return Array.from({ length: count }, (_, index) => {
    const [key, name] = KNOWN[index] ?? [`P${index}`, `Project ${index}`];
    return project(index, String(FIRST_PROJECT_ID + index), key, name);
  });
}

/** Changes a project's key, and with it the keys of its issues. */
export function renameProject(one: Project, key: string): void {
  const { keyPrefix, reference, listed } = project(one.index, one.id, key, one.name);
  Object.assign(one, { key, formerKeys: [...one.formerKeys, one.key], keyPrefix, reference, listed });
}

/** Finds a project by id, key or former key. */
export function projectNamed(projects: readonly Project[], idOrKey: string): Project | undefined {
  const key = idOrKey.toUpperCase();
  return (
    projects.find((one) => one.id === idOrKey || one.key === key) ??
    projects.find(({ formerKeys }) => formerKeys.includes(key))
  );
}

function project(index: number, id: string, key: string, name: string): Project {
  const teamManaged = index % 3 === 2;
  const avatar = `https://a.example/p/${10_400 + index}`;
  const avatarUrls = {
    '48x48': avatar,
    '24x24': `${avatar}?size=small`,
    '16x16': `${avatar}?size=xsmall`,
    '32x32': `${avatar}?size=medium`,
  };
  const self = `${SITE}/rest/api/3/project/${id}`;
  const reference = { self, id, key, name, projectTypeKey: 'software', simplified: teamManaged, avatarUrls };
  const listed = {
    expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
    self,
    id,
    key,
    name,
    avatarUrls,
    projectTypeKey: 'software',
    simplified: teamManaged,
    style: teamManaged ? 'next-gen' : 'classic',
    isPrivate: false,
    properties: {},
  };
  return {
    index,
    id,
    key,
    formerKeys: [],
    keyPrefix: Buffer.from(`${key}-`),
    name,
    teamManaged,
    status: 'live',
    visible: true,
    reference: Buffer.from(JSON.stringify(reference)),
    listed: Buffer.from(JSON.stringify(listed).slice(0, -1)),
  };
}
