import type { Partition } from '@headrace/sdk';

/** A job with builds: a freestyle job, a pipeline, a branch, a matrix job, one of its configurations, a Maven module. */
export interface Job extends Partition {
  /** Its full name: `team/api/main`. It changes if the job is renamed or moved; Jenkins has no other id. */
  readonly key: string;
  /** Where it is below the base URL: `/job/team/job/api/job/main`. */
  readonly path: string;
  /** Its newest build; undefined if it has none. */
  readonly last: LastBuild | undefined;
  /** The number of its next build. */
  readonly next: number;
}

/** The newest build of a job, as the list of jobs tells it. */
export interface LastBuild {
  readonly number: number;
  /** When it began, in ms since 1970, as text. */
  readonly timestamp: string;
}

/** What other items are listed below. The top has an empty name and path. */
export interface Folder {
  readonly fullName: string;
  readonly path: string;
  /** The folder that it was found in; undefined for one that the listing begins with. */
  readonly above: Folder | undefined;
}

/** A folder or job in a list. */
export interface Item extends Folder {
  /** Undefined for a folder. */
  readonly job: Job | undefined;
  /** The full name of the job that it is a configuration or module of. */
  readonly partOf: string | undefined;
}
