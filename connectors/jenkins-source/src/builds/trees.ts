import type { Config } from '../config.ts';

/** What tells a build, and whether it may still change. */
export const STATUS = 'number,timestamp,building,inProgress';

/** Of a build whose stages are asked for: its class says whether it is a pipeline's. */
export const STAGED = `_class,${STATUS}`;

/** Of a build whose test report is asked for: its actions say whether it has one. */
export const TESTED = `${STATUS},actions[_class,urlName]`;

/** Objects that are not asked for by name come empty, and cost as much. */
const CHANGE = '*,author[absoluteUrl,fullName],paths[*]';

/**
 * What a record of `builds` shows. Freestyle builds have `changeSet`, runs of pipelines `changeSets`; Jenkins leaves
 * out what a build does not have. Neighbours (`nextBuild`) are not asked for: they change when another build begins.
 */
export function buildTree({ include_changesets }: Config): string {
  return [
    '_class,number,id,url,timestamp,duration,estimatedDuration,result,building,inProgress,displayName,fullDisplayName',
    'description,queueId,builtOn,keepLog',
    'actions[*,parameters[*],causes[*],lastBuiltRevision[*,branch[*]],remoteUrls]',
    'artifacts[*],mavenArtifacts[*],mavenVersionUsed,runs[number,url]',
    ...(include_changesets ? [`changeSet[*,items[${CHANGE}]],changeSets[*,items[${CHANGE}]]`] : []),
  ].join(',');
}

/** Culprits keep builds out of lists, so a build that is missing is asked for without them. */
export const CULPRITS = 'culprits[absoluteUrl,fullName,id]';
