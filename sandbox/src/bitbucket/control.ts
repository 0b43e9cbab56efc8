import { type ServiceControl, serviceControl } from '../http/control.ts';
import type { FaultKind } from '../http/faults.ts';
import { type GitControl, gitControl } from './control/git.ts';
import { type PipelineControl, pipelineControl } from './control/pipelines.ts';
import { type PullRequestControl, pullRequestControl } from './control/pull-requests.ts';
import { type QuirkControl, quirkControl } from './control/quirks.ts';
import { type RepositoryControl, repositoryControl } from './control/repositories.ts';
import type { BitbucketFault } from './limits.ts';
import type { Site } from './site.ts';

/**
 * Commands for a running sandbox. `POST /_sandbox/control` takes the same names: `{"do": "push", …}`. Changes happen at
 * the sandbox's time.
 */
export interface BitbucketControl
  extends Omit<ServiceControl<FaultKind | BitbucketFault>, 'limit'>,
    RepositoryControl,
    GitControl,
    PullRequestControl,
    PipelineControl,
    QuirkControl {}

/** The control methods of a site. */
export function controlOf(site: Site): BitbucketControl {
  const { limit, ...service } = serviceControl<FaultKind | BitbucketFault>(site);
  return {
    ...service,
    ...repositoryControl(site),
    ...gitControl(site),
    ...pullRequestControl(site),
    ...pipelineControl(site),
    ...quirkControl(site, limit),
  };
}
