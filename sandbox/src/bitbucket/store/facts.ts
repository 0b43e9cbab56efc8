import type { Person } from './people.ts';

/** Times are milliseconds since 1970 everywhere in the store. */

export interface Workspace {
  index: number;
  uuid: string;
  slug: string;
  name: string;
  createdAt: number;
  members: Person[];
}

export interface Commit {
  /** Numbers all commits of the sandbox. */
  n: number;
  hash: string;
  parents: readonly Commit[];
  /** Whole seconds; what its author's clock said, so it may be older than its parents. */
  at: number;
  author: Person;
}

export interface Tag {
  commit: Commit;
  /** When an annotated tag was made; undefined for a lightweight one. */
  at: number | undefined;
  tagger: Person | undefined;
}

export interface Repository {
  index: number;
  uuid: string;
  workspace: Workspace;
  slug: string;
  name: string;
  projectKey: string;
  createdAt: number;
  /** Moves with pushes and settings, not with pull requests, comments or pipelines. */
  updatedAt: number;
  mainBranch: string;
  parent: Repository | undefined;
  isArchived: boolean;
  isDeleted: boolean;
  /** All commits that it knows, reachable or not, by hash. Forks share them. */
  commits: Map<string, Commit>;
  branches: Map<string, Commit>;
  tags: Map<string, Tag>;
  pullRequests: PullRequest[];
  pipelines: Pipeline[];
  /** Recorded answers to serve instead of generated ones. */
  recorded: RecordedRepository | undefined;
}

export type PullRequestState = 'OPEN' | 'MERGED' | 'DECLINED' | 'SUPERSEDED';

export interface PullRequest {
  repository: Repository;
  id: number;
  /** Numbers all pull requests of the sandbox. */
  n: number;
  state: PullRequestState;
  isDraft: boolean;
  /** Undefined: the account was closed. */
  author: Person | undefined;
  createdAt: number;
  updatedAt: number;
  /** How often its title was changed. */
  edition: number;
  /** The repository is undefined if it was a fork that is gone, the commit with it. */
  source: { repository: Repository | undefined; branch: string; commit: Commit | undefined };
  /** The commit is undefined if the branch is gone. */
  destination: { branch: string; commit: Commit | undefined };
  mergeCommit: Commit | undefined;
  closedBy: Person | undefined;
  reason: string;
  closesSourceBranch: boolean;
  /** Newest first. The vendor lists none of them once the source branch is deleted. */
  commits: Commit[];
  isSourceDeleted: boolean;
  reviewers: Person[];
  /** Who approved or asked for changes, and when. */
  verdicts: Map<Person, { kind: 'approval' | 'changes_requested'; at: number }>;
  updates: Update[];
  comments: Comment[];
  /** Number of files in its diff. */
  files: number;
}

/** An update in a pull request's activity: opened, commits pushed, edited, closed. */
export interface Update {
  at: number;
  author: Person;
  state: PullRequestState;
  edition: number;
  source: Commit | undefined;
  destination: Commit | undefined;
  reason: string;
  changes: Record<string, unknown>;
}

export interface Comment {
  id: number;
  at: number;
  updatedAt: number;
  author: Person;
  /** How often it was edited. */
  edition: number;
  isDeleted: boolean;
  parent: Comment | undefined;
  /** The line of a file, for an inline comment. */
  line: number | undefined;
}

/** The fourth one exists since 2026. */
export type TargetKind =
  | 'pipeline_ref_target'
  | 'pipeline_commit_target'
  | 'pipeline_pullrequest_target'
  | 'pipeline_merge_queue_ref_target';

export type PipelineResult = 'SUCCESSFUL' | 'FAILED' | 'ERROR' | 'STOPPED';

export interface Pipeline {
  repository: Repository;
  uuid: string;
  number: number;
  /** Numbers all pipelines of the sandbox. */
  n: number;
  createdAt: number;
  completedAt: number | undefined;
  result: PipelineResult | undefined;
  /** Rises when failed steps run again. */
  runNumber: number;
  target: TargetKind;
  branch: string;
  commit: Commit;
  creator: Person | undefined;
  pullRequest: PullRequest | undefined;
  steps: Step[];
}

export interface Step {
  uuid: string;
  name: string;
  isManual: boolean;
  startedAt: number | undefined;
  completedAt: number | undefined;
  result: PipelineResult | undefined;
  runNumber: number;
  deployment: Deployment | undefined;
}

export interface Deployment {
  uuid: string;
  environment: 'Test' | 'Staging' | 'Production';
  startedAt: number | undefined;
  completedAt: number | undefined;
  result: PipelineResult | undefined;
  updatedAt: number;
}

/** A recorded record: its bytes, and what they say. */
export interface RecordedRow {
  bytes: Buffer;
  facts: Record<string, unknown>;
}

/** The recorded lists of a repository; those of pull requests and pipelines by id. */
interface RecordedRepository {
  repository: RecordedRow;
  pullRequests: RecordedRow[];
  comments: Map<string, RecordedRow[]>;
  commits: Map<string, RecordedRow[]>;
  pipelines: RecordedRow[];
  steps: Map<string, RecordedRow[]>;
  deployments: RecordedRow[];
}
