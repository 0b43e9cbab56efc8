/** How deep a list is nested in one request: more makes the URL too long for some proxies. */
export const DEEPEST = 4;

/** What the list of jobs needs of each: where it is, and whether it has new builds. */
export const PLACE = '_class,name,fullName,url,nextBuildNumber,lastBuild[number,timestamp]';

const PERMALINKS = [
  'firstBuild',
  'lastCompletedBuild',
  'lastFailedBuild',
  'lastStableBuild',
  'lastSuccessfulBuild',
  'lastUnstableBuild',
  'lastUnsuccessfulBuild',
].map((name) => `${name}[number,url]`);

const OWN = [
  '_class,name,fullName,displayName,fullDisplayName,url,description,color,buildable,disabled,inQueue',
  'concurrentBuild,keepDependencies,labelExpression,nextBuildNumber,lastBuild[number,timestamp,url]',
  'healthReport[*]',
].join(',');

/** What a record of `jobs` shows. */
export const WHOLE = [
  OWN,
  ...PERMALINKS,
  'property[*,parameterDefinitions[*,defaultParameterValue[*]]],scm[*]',
  'upstreamProjects[name,url],downstreamProjects[name,url],primaryView[name,url],views[name,url]',
].join(',');

/** What is asked of lists: of configurations and modules less, so that the URL does not become too long for proxies. */
export interface Fields {
  readonly items: string;
  readonly parts: string;
}

export const PLACES: Fields = { items: PLACE, parts: PLACE };
export const NAMES: Fields = { items: 'name', parts: 'name' };
export const WHOLES: Fields = { items: WHOLE, parts: OWN };

/**
 * The `tree` of a list of what is below a folder.
 * @param fields what is asked of each item
 * @param levels how many levels of folders; of what is below the last one, a single item shows that there is something
 * @param skip how many levels above those are only passed
 */
export function treeOf(fields: Fields, levels: number, skip = 0): string {
  if (skip > 0) return `jobs[name,url,${treeOf(fields, levels, skip - 1)}]`;
  const { items, parts } = fields;
  const below = levels > 1 ? treeOf(fields, levels - 1) : 'jobs[name]{0,1}';
  // Configurations of matrix jobs and modules of Maven jobs stand in lists of their own (docs/vendors/jenkins.md).
  return `jobs[${items},activeConfigurations[${parts}],modules[${parts}],${below}]`;
}
