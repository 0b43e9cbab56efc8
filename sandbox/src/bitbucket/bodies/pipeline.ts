import type { Deployment, Pipeline, PipelineResult, Step } from '../store/facts.ts';
import { SALT, uuid } from '../store/ids.ts';
import { pipelineDate } from './dates.ts';
import {
  commitReference,
  fullName,
  repositoryReference,
  repositoryUrl,
  userBody,
  WEB,
} from './references.ts';

/** A pipeline as listed. */
export function pipelineBody(pipeline: Pipeline): object {
  const { repository, createdAt, completedAt, runNumber } = pipeline;
  const seconds = completedAt === undefined ? 0 : Math.round((completedAt - createdAt) / 1000);
  const self = `${repositoryUrl(repository)}/pipelines/${pipeline.uuid}`;
  return {
    type: 'pipeline',
    uuid: pipeline.uuid,
    build_number: pipeline.number,
    creator: userBody(pipeline.creator),
    repository: repositoryReference(repository),
    target: targetBody(pipeline),
    trigger: { name: 'PUSH', type: 'pipeline_trigger_push' },
    state: stateBody(pipeline),
    created_on: pipelineDate(createdAt),
    ...(completedAt !== undefined && { completed_on: pipelineDate(completedAt) }),
    run_number: runNumber,
    duration_in_seconds: seconds,
    build_seconds_used: seconds,
    first_successful: pipeline.number === 1,
    expired: false,
    has_variables: false,
    links: { self: { href: self }, steps: { href: `${self}/steps/` } },
  };
}

function targetBody({ repository, target, branch, commit, pullRequest }: Pipeline): object {
  const hash = { commit: commitReference(repository, commit, 40) };
  switch (target) {
    case 'pipeline_commit_target':
      return { type: target, ...hash, selector: { type: 'custom', pattern: 'nightly' } };
    case 'pipeline_pullrequest_target':
      return {
        type: target,
        source: branch,
        destination: repository.mainBranch,
        // Twelve characters here, forty in `commit`.
        destination_commit: { hash: pullRequest?.destination.commit?.hash.slice(0, 12) ?? null },
        ...hash,
        pullrequest: { id: pullRequest?.id ?? 1 },
        selector: { type: 'pull-requests', pattern: '**' },
      };
    case 'pipeline_merge_queue_ref_target':
      return { type: target, ref_type: 'branch', ref_name: `merge-queue/${branch}`, ...hash };
    case 'pipeline_ref_target':
      return { type: target, ref_type: 'branch', ref_name: branch, selector: { type: 'default' }, ...hash };
  }
}

function resultBody(prefix: string, result: PipelineResult): object {
  return { name: result, type: `${prefix}_completed_${result.toLowerCase()}` };
}

function stateBody({ result, steps }: Pipeline): object {
  if (result !== undefined)
    return {
      name: 'COMPLETED',
      type: 'pipeline_state_completed',
      result: resultBody('pipeline_state', result),
    };
  const isWaiting = steps.some(({ isManual, startedAt }) => isManual && startedAt === undefined);
  const stage = isWaiting ? 'PAUSED' : 'RUNNING';
  return {
    name: 'IN_PROGRESS',
    type: 'pipeline_state_in_progress',
    stage: { name: stage, type: `pipeline_state_in_progress_${stage.toLowerCase()}` },
  };
}

/** A step as listed. */
export function stepBody(pipeline: Pipeline, step: Step): object {
  const { startedAt, completedAt } = step;
  const seconds =
    startedAt === undefined || completedAt === undefined ? 0 : Math.round((completedAt - startedAt) / 1000);
  return {
    type: 'pipeline_step',
    pipeline: { type: 'pipeline', uuid: pipeline.uuid },
    uuid: step.uuid,
    name: step.name,
    trigger: { type: `pipeline_step_trigger_${step.isManual ? 'manual' : 'automatic'}` },
    state: stepState(step),
    maxTime: 120,
    ...(startedAt !== undefined && { started_on: pipelineDate(startedAt) }),
    ...(completedAt !== undefined && {
      completed_on: pipelineDate(completedAt),
      duration_in_seconds: seconds,
    }),
    build_seconds_used: seconds,
    run_number: step.runNumber,
  };
}

function stepState({ startedAt, result }: Step): object {
  if (result !== undefined)
    return {
      name: 'COMPLETED',
      type: 'pipeline_step_state_completed',
      result: resultBody('pipeline_step_state', result),
    };
  const name = startedAt === undefined ? 'PENDING' : 'IN_PROGRESS';
  return { name, type: `pipeline_step_state_${name.toLowerCase()}` };
}

/** A deployment as listed. */
export function deploymentBody(pipeline: Pipeline, step: Step, deployment: Deployment, seed: number): object {
  const { repository, number, commit } = pipeline;
  const results = `${WEB}/${fullName(repository)}/addon/pipelines/home#!/results/${number}`;
  return {
    type: 'deployment',
    number,
    uuid: deployment.uuid,
    key: `${repository.uuid}_${deployment.environment}`,
    step: { uuid: step.uuid },
    environment: {
      type: 'deployment_environment',
      uuid: uuid(seed, deployment.environment.length, SALT.environment),
      name: deployment.environment,
      environment_type: { type: 'deployment_environment_type', name: deployment.environment },
    },
    release: {
      type: 'deployment_release',
      uuid: uuid(seed, pipeline.n, SALT.release),
      pipeline: { uuid: pipeline.uuid, type: 'pipeline' },
      key: `pipeline-${pipeline.uuid}`,
      name: `#${number}`,
      url: results,
      commit: commitReference(repository, commit, 40),
      created_on: pipelineDate(pipeline.createdAt),
    },
    state: deploymentState(deployment, `${results}/steps/${encodeURIComponent(step.uuid)}`),
    last_update_time: pipelineDate(deployment.updatedAt),
    version: deployment.completedAt === undefined ? 1 : 3,
  };
}

function deploymentState({ startedAt, completedAt, result }: Deployment, url: string): object {
  const started = startedAt === undefined ? {} : { started_on: pipelineDate(startedAt) };
  if (result === undefined || completedAt === undefined) {
    const name = startedAt === undefined ? 'UNDEPLOYED' : 'IN_PROGRESS';
    return { type: `deployment_state_${name.toLowerCase()}`, name, url, ...started };
  }
  const status = { type: `deployment_state_completed_status_${result.toLowerCase()}`, name: result };
  return {
    type: 'deployment_state_completed',
    name: 'COMPLETED',
    url,
    status,
    ...started,
    completed_on: pipelineDate(completedAt),
  };
}
