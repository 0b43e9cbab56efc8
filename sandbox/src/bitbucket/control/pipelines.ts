import { Refusal } from '../../http/refusal.ts';
import type { Site } from '../site.ts';
import type { Pipeline, PipelineResult } from '../store/facts.ts';
import { finishPipeline, rerunPipeline, startPipeline } from '../store/pipelines.ts';
import { chosen, type RepositoryChoice } from './choose.ts';

/** A pipeline of a repository, by its build number. */
interface PipelineChoice extends RepositoryChoice {
  number: number;
}

/** Commands for pipelines. None of them moves the repository's `updated_on`. */
export interface PipelineControl {
  /** Starts a pipeline on the main branch. `deploys`: with a deployment; `manual`: which waits for somebody. */
  startPipeline(what: RepositoryChoice & { deploys?: boolean; manual?: boolean }): {
    number: number;
    uuid: string;
  };
  /** Ends its steps, the waiting manual one only with `manual`. Default result: SUCCESSFUL. */
  finishPipeline(which: PipelineChoice & { result?: PipelineResult; manual?: boolean }): void;
  /** Runs the last step of a completed pipeline again: it is in progress, and `run_number` rises. */
  rerunPipeline(which: PipelineChoice): void;
}

export function pipelineControl(site: Site): PipelineControl {
  const { store, clock } = site;
  const one = (which: PipelineChoice): Pipeline => {
    const found = chosen(site, which).pipelines.find(({ number }) => number === which.number);
    if (!found) throw new Refusal(`no pipeline ${which.number}`);
    return found;
  };
  return {
    startPipeline: (what) => {
      const repository = chosen(site, what);
      const commit = repository.branches.get(repository.mainBranch);
      if (!commit) throw new Refusal(`${what.repository} is empty`);
      const { deploys = false, manual = false } = what;
      const { number, uuid } = startPipeline(store, repository, {
        at: clock.now(),
        branch: repository.mainBranch,
        commit,
        deploys: deploys || manual,
        manual,
      });
      return { number, uuid };
    },
    finishPipeline: (which) => finishPipeline(one(which), clock.now(), which.result, which.manual),
    rerunPipeline: (which) => {
      const pipeline = one(which);
      if (pipeline.result === undefined) throw new Refusal(`pipeline ${which.number} still runs`);
      rerunPipeline(pipeline, clock.now());
    },
  };
}
