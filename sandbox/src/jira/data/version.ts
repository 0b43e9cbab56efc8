/** Something that happened to an issue after the sandbox started. */
export interface Change {
  /** Milliseconds since 1970, by the sandbox's clock: the issue's new `updated`. */
  at: number;
  kind: 'edit' | 'comment' | 'move' | 'delete' | 'worklog';
  /** For `worklog`: which one of the issue's, counted from the first it ever had. */
  worklog?: { act: 'add' | 'edit' | 'delete'; index: number };
  /** Index of the project that the issue is in from now on, and its number there. */
  project: number;
  number: number;
}

/** An issue at one of its versions: all that rendering needs to know beyond the shared world. */
export interface IssueVersion {
  /** Place in the order of creation, from 0. */
  n: number;
  id: number;
  project: number;
  /** The number in the key: 7 of ENG-7. */
  number: number;
  /** Milliseconds since 1970. */
  created: number;
  /** `updated` before any change. */
  firstUpdated: number;
  updated: number;
  /** Project and number that it was created with. */
  origin: { project: number; number: number };
  /** Changes up to this version, oldest first. */
  changes: readonly Change[];
  deleted: boolean;
  /** When commits were pushed to the issue's Development panel; `updated` knows nothing of them. */
  pushes: readonly number[];
}
