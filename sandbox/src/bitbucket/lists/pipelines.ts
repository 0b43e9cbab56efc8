import { bytesOf } from '../bodies/bytes.ts';
import { deploymentBody, pipelineBody, stepBody } from '../bodies/pipeline.ts';
import { type AnyListing, instant, listing, recordedListing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import type { Deployment, Pipeline, Repository, Step } from '../store/facts.ts';

/** Oldest first. */
export function pipelineList({ settings }: Site, repository: Repository): AnyListing {
  if (repository.recorded) return recordedListing(repository.recorded.pipelines);
  const created = ({ createdAt }: Pipeline) => instant(createdAt);
  return listing(
    repository.pipelines,
    { uuid: ({ uuid }: Pipeline) => uuid, created_on: created, run_creation_date: created },
    (pipeline) => bytesOf(pipelineBody(pipeline), pipeline.n, settings.awkward),
  );
}

export function stepList({ settings }: Site, pipeline: Pipeline): AnyListing {
  return listing(pipeline.steps, { uuid: ({ uuid }: Step) => uuid }, (step) =>
    bytesOf(stepBody(pipeline, step), pipeline.n, settings.awkward),
  );
}

interface Deployed {
  pipeline: Pipeline;
  step: Step;
  deployment: Deployment;
}

/** In the order of their pipelines. */
export function deploymentList({ settings }: Site, repository: Repository): AnyListing {
  if (repository.recorded) return recordedListing(repository.recorded.deployments);
  const all = repository.pipelines.flatMap((pipeline) =>
    pipeline.steps.flatMap((step): Deployed[] =>
      step.deployment ? [{ pipeline, step, deployment: step.deployment }] : [],
    ),
  );
  return listing(all, { uuid: ({ deployment }: Deployed) => deployment.uuid }, (one) =>
    bytesOf(
      deploymentBody(one.pipeline, one.step, one.deployment, settings.seed),
      one.pipeline.n,
      settings.awkward,
    ),
  );
}
