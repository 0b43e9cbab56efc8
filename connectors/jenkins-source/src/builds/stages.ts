import { ifFound, type Log, type Page, type Select } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';
import { aloneAt, mustBeThere } from './alone.ts';

/** Asks for the stages of pipeline runs. */
export interface Stages {
  /** Whether a build can have stages, by its class. */
  has(buildClass: string | undefined): boolean;
  /** The stages of a build on one page; undefined if it has none, or is gone. */
  of(job: Job, number: string, select: Select<string>): Promise<Page | undefined>;
}

/** The stage view's API. Its plugin is not part of newer installations, so a 404 may mean that it is absent. */
export function stagesOf(requests: Requests, log: Log): Stages {
  let isAbsent = false;
  return {
    has: (buildClass) => !isAbsent && buildClass?.endsWith('.WorkflowRun') === true,
    async of(job, number, select) {
      if (isAbsent) return undefined;
      const path = `${job.path}/${number}`;
      const page = await ifFound(
        requests.page({ path: `${path}/wfapi/describe` }, select('stages'), { tries: 3 }),
      );
      if (page) return page;
      // The build may have been deleted in the meantime. If it is there, Jenkins has no such API.
      const build = await aloneAt(requests, job, number, 'number', select('.'));
      if (build.kind === 'unreadable') throw build.error;
      if (build.kind === 'gone') await mustBeThere(requests, job);
      else if (!isAbsent) {
        isAbsent = true;
        log.info(
          'build_stages: this Jenkins has no stage view (plugin pipeline-stage-view), so there are no stages',
        );
      }
      return undefined;
    },
  };
}
