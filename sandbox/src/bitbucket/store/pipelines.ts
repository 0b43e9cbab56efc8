import type {
  Commit,
  Deployment,
  Pipeline,
  PipelineResult,
  PullRequest,
  Repository,
  Step,
  TargetKind,
} from './facts.ts';
import { SALT, uuid } from './ids.ts';
import { type Store, somebody } from './store.ts';

const TARGETS: readonly TargetKind[] = [
  'pipeline_ref_target',
  'pipeline_ref_target',
  'pipeline_commit_target',
  'pipeline_pullrequest_target',
  'pipeline_merge_queue_ref_target',
];
const ENVIRONMENTS = ['Test', 'Staging', 'Production'] as const;

/** What a new pipeline runs for. */
export interface Start {
  at: number;
  branch: string;
  commit: Commit;
  pullRequest?: PullRequest;
  /** Default: one in three deploys. */
  deploys?: boolean;
  /** Whether the step that deploys waits for somebody; default: one in twelve pipelines. */
  manual?: boolean;
}

/** Starts a pipeline: its first step runs, the others are pending. */
export function startPipeline(store: Store, repository: Repository, start: Start): Pipeline {
  const n = store.made.pipelines++;
  const manual = start.manual ?? n % 12 === 7;
  const deploys = start.deploys ?? (manual || n % 3 === 1);
  const pipeline: Pipeline = {
    repository,
    uuid: uuid(store.seed, n, SALT.pipeline),
    number: repository.pipelines.length + 1,
    n,
    createdAt: start.at,
    completedAt: undefined,
    result: undefined,
    runNumber: 1,
    target: TARGETS[n % TARGETS.length]!,
    branch: start.branch,
    commit: start.commit,
    creator: n % 17 === 3 ? undefined : somebody(store, n, 51),
    pullRequest: start.pullRequest,
    steps: [],
  };
  const names = deploys ? ['Build', 'Test', 'Deploy'] : ['Build', 'Test'];
  pipeline.steps = names.map((name, i) => stepOf(store, name, i === 2 && manual));
  const [first, , last] = pipeline.steps;
  first!.startedAt = start.at + 2000;
  if (last) last.deployment = deploymentOf(store, n, start.at);
  repository.pipelines.push(pipeline);
  return pipeline;
}

function stepOf(store: Store, name: string, isManual: boolean): Step {
  return {
    uuid: uuid(store.seed, store.made.steps++, SALT.step),
    name,
    isManual,
    startedAt: undefined,
    completedAt: undefined,
    result: undefined,
    runNumber: 1,
    deployment: undefined,
  };
}

function deploymentOf(store: Store, n: number, at: number): Deployment {
  return {
    uuid: uuid(store.seed, n, SALT.deployment),
    environment: ENVIRONMENTS[n % 3]!,
    startedAt: undefined,
    completedAt: undefined,
    result: undefined,
    updatedAt: at,
  };
}

/**
 * Runs a pipeline's steps to their end. One that has a waiting manual step stays in progress, unless `manual` starts that
 * step too. The last step that runs has the result.
 */
export function finishPipeline(
  pipeline: Pipeline,
  at: number,
  result: PipelineResult = 'SUCCESSFUL',
  manual = false,
): void {
  const open = pipeline.steps.filter((step) => step.result === undefined && (!step.isManual || manual));
  for (const [i, step] of open.entries()) {
    const failed = result !== 'SUCCESSFUL' && i === open.length - 1;
    step.startedAt ??= at - 1000;
    step.completedAt = at;
    step.result = failed ? result : 'SUCCESSFUL';
    settle(step, at);
  }
  if (pipeline.steps.some((step) => step.result === undefined)) return;
  pipeline.completedAt = at;
  pipeline.result = result;
}

function settle({ deployment, startedAt, completedAt, result }: Step, at: number): void {
  if (!deployment) return;
  Object.assign(deployment, { startedAt, completedAt, result, updatedAt: at });
}

/** "Rerun failed steps": uuid and number stay, it is in progress again, and the steps' `run_number` rises. */
export function rerunPipeline(pipeline: Pipeline, at: number): void {
  pipeline.runNumber++;
  pipeline.completedAt = undefined;
  pipeline.result = undefined;
  const last = pipeline.steps.at(-1)!;
  last.runNumber++;
  last.startedAt = at;
  last.completedAt = undefined;
  last.result = undefined;
  settle(last, at);
}
