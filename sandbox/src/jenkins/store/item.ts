import type { Builds } from './builds.ts';

/** What an item is. `project` kinds have builds; the others have items below them. */
export const KINDS = {
  folder: { className: 'com.cloudbees.hudson.plugins.folder.Folder', run: undefined, below: 'job' },
  organization: { className: 'jenkins.branch.OrganizationFolder', run: undefined, below: 'job' },
  multibranch: {
    className: 'org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject',
    run: undefined,
    below: 'job',
  },
  freestyle: {
    className: 'hudson.model.FreeStyleProject',
    run: 'hudson.model.FreeStyleBuild',
    below: undefined,
  },
  pipeline: {
    className: 'org.jenkinsci.plugins.workflow.job.WorkflowJob',
    run: 'org.jenkinsci.plugins.workflow.job.WorkflowRun',
    below: undefined,
  },
  matrix: {
    className: 'hudson.matrix.MatrixProject',
    run: 'hudson.matrix.MatrixBuild',
    below: 'activeConfigurations',
  },
  configuration: {
    className: 'hudson.matrix.MatrixConfiguration',
    run: 'hudson.matrix.MatrixRun',
    below: undefined,
  },
  maven: {
    className: 'hudson.maven.MavenModuleSet',
    run: 'hudson.maven.MavenModuleSetBuild',
    below: 'modules',
  },
  module: { className: 'hudson.maven.MavenModule', run: 'hudson.maven.MavenBuild', below: undefined },
} as const;

/** One of {@link KINDS}. */
export type Kind = keyof typeof KINDS;

/** A job, a folder, a configuration of a matrix job or a module of a Maven job. */
export interface Item {
  /** Never reused: a job that is deleted and made again under its name is another item. */
  uid: number;
  kind: Kind;
  name: string;
  displayName: string;
  parent: Item | undefined;
  children: Item[];
  /** Undefined for folders. */
  builds: Builds | undefined;
  disabled: boolean;
  /** Where the account may not read it: the status of a direct request, and whether lists still show it. */
  denied: { status: 403 | 404; listed: boolean } | undefined;
}

/** Names from the top, joined with `/`: `team/api/feature%2Flogin`. Unique, but changes on a rename or a move. */
export function fullNameOf(item: Item): string {
  return item.parent ? `${fullNameOf(item.parent)}/${item.name}` : item.name;
}

export function fullDisplayNameOf(item: Item): string {
  return item.parent ? `${fullDisplayNameOf(item.parent)} » ${item.displayName}` : item.displayName;
}

/** The path from Jenkins' root, ending with `/`: `job/team/job/api/job/feature%252Flogin/`. */
export function pathOf(item: Item): string {
  const own = rawEncoded(item.name);
  const below = item.parent ? pathOf(item.parent) : '';
  return item.parent && isPart(item) ? `${below}${own}/` : `${below}job/${own}/`;
}

/** Whether an item is no job of its own: its path has no `job/`. */
export function isPart({ kind }: Item): boolean {
  return kind === 'configuration' || kind === 'module';
}

/** Whether an item, or anything above it, is denied. */
export function denialOf(item: Item): Item['denied'] {
  return (item.parent && denialOf(item.parent)) ?? item.denied;
}

/** Whether a list of its parent shows the item. */
export function isListed({ denied }: Item): boolean {
  return denied === undefined || denied.listed;
}

/** An item and all below it, parents first. */
export function* withBelow(items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    yield item;
    yield* withBelow(item.children);
  }
}

/** Percent-encodes a path segment as Jenkins does: `& + , = @ ' ( ) ! $ *` stay as they are. */
function rawEncoded(name: string): string {
  return encodeURIComponent(name)
    .replace(/%(?:26|2B|2C|3D|40|24)/g, (code) => decodeURIComponent(code))
    .replace(/~/g, '%7E');
}
