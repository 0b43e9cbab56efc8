import type { JenkinsSandbox } from '@headrace/sandbox';

/** A build or what belongs to it, as it landed. */
export interface LandedBuild {
  /** Its own bytes, without the estimate, which changes by itself. */
  version: string;
  /** How often this last version landed. */
  times: number;
}

/** How the landed builds compare with what the sandbox holds. */
export interface Comparison {
  readonly expected: number;
  /** Builds that did not land. */
  readonly missing: string[];
  /** Builds whose last version that landed is not what Jenkins shows now. */
  readonly stale: string[];
  /** Finished builds whose last version landed more than once. */
  readonly twice: string[];
}

/** What is asked of a build by the source, so its bytes are these. Written down here, not imported: a change must be meant. */
const BUILD_TREE =
  '_class,number,id,url,timestamp,duration,estimatedDuration,result,building,inProgress,displayName,fullDisplayName,' +
  'description,queueId,builtOn,keepLog,actions[*,parameters[*],causes[*],lastBuiltRevision[*,branch[*]],remoteUrls],' +
  'artifacts[*],mavenArtifacts[*],mavenVersionUsed,runs[number,url],' +
  'changeSet[*,items[*,author[absoluteUrl,fullName],paths[*]]],changeSets[*,items[*,author[absoluteUrl,fullName],paths[*]]]';

/** The builds that landed, by job, number and timestamp. */
export class Landed {
  readonly builds = new Map<string, LandedBuild>();

  /** @param text a record's bytes, with its context fields behind Jenkins's */
  add(text: string): void {
    const { jobFullName, number, timestamp } = JSON.parse(text) as Record<string, unknown>;
    const key = `${jobFullName} #${number} ${timestamp}`;
    const version = settled(`${text.slice(0, text.lastIndexOf(',"jobFullName":'))}}`);
    const before = this.builds.get(key);
    this.builds.set(key, { version, times: before?.version === version ? before.times + 1 : 1 });
  }

  /** @param isExcused whether a build may be missing or stale: it could not be read */
  async compare(
    jenkins: JenkinsSandbox,
    isExcused: (key: string) => boolean = () => false,
  ): Promise<Comparison> {
    const paths = new Map(jenkins.jobs().map(({ fullName, path }) => [fullName, path]));
    const result = { missing: [] as string[], stale: [] as string[], twice: [] as string[] };
    const facts = jenkins.builds();
    for (const { jobFullName, number, timestamp, building, inProgress } of facts) {
      const key = `${jobFullName} #${number} ${timestamp}`;
      if (isExcused(key)) continue;
      const landed = this.builds.get(key);
      if (!landed) {
        result.missing.push(key);
        continue;
      }
      const path = `${paths.get(jobFullName)}/${number}/api/json?tree=${encodeURIComponent(BUILD_TREE)}`;
      const now = (await jenkins.bytes(path, { 'accept-language': 'en' })).toString();
      if (settled(now) !== landed.version) result.stale.push(key);
      else if (!building && !inProgress && landed.times > 1) result.twice.push(key);
    }
    return { expected: facts.length, ...result };
  }
}

const settled = (text: string): string =>
  text.replace(/"estimatedDuration":-?[0-9]+/, '"estimatedDuration":0');

export const isEqual = ({ missing, stale, twice }: Comparison): boolean =>
  missing.length + stale.length + twice.length === 0;

/** One line for a report. */
export function sentenceOf({ expected, missing, stale, twice }: Comparison): string {
  const some = [...missing, ...stale, ...twice].slice(0, 3).join(', ');
  return `${expected} builds, ${missing.length} missing, ${stale.length} stale, ${twice.length} twice${some && `: ${some}`}`;
}
