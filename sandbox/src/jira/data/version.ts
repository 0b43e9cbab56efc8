/** Something that happened to an issue after the sandbox started. */
export interface Change {
  /** Milliseconds since 1970 by the sandbox's clock. Becomes the issue's `updated`. */
  at: number;
  kind: 'edit' | 'comment' | 'move' | 'delete' | 'worklog';
  /** For `worklog`: the index among all worklogs that the issue ever had. */
  worklog?: { act: 'add' | 'edit' | 'delete'; index: number };
  /** Index of the project that the issue is in after the change, and its number there. */
  project: number;
  number: number;
}

/** An issue at one version: everything that rendering needs besides the shared world. */
export interface IssueVersion {
  /** Place in order of creation, from 0. */
  n: number;
  id: number;
  project: number;
  /** The number in the key: 7 for ENG-7. */
  number: number;
  /** Milliseconds since 1970. */
  created: number;
  /** `updated` before any change. */
  firstUpdated: number;
  updated: number;
  /** The project and number it was created with. */
  origin: { project: number; number: number };
  /** Changes up to this version, oldest first. */
  changes: readonly Change[];
  deleted: boolean;
  /** Times of the commits pushed to the Development panel. They do not affect `updated`. */
  pushes: readonly number[];
}
