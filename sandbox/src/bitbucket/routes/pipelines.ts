import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { raw, refuse } from '../answer.ts';
import { deploymentList, pipelineList, stepList } from '../lists/pipelines.ts';
import { recordedListing } from '../query/listing.ts';
import type { Site } from '../site.ts';
import type { Pipeline, RecordedRow } from '../store/facts.ts';
import { repositoryOf } from './find.ts';
import { listed } from './list.ts';

/** `GET …/pipelines/`: oldest first. Filters are ignored, and `next` forgets the order. */
export function pipelines(site: Site, call: Call): Answer {
  const list = pipelineList(site, repositoryOf(site, call));
  return listed(site, call, list, { most: 100, q: 'ignored', forgets: true });
}

/** `GET …/pipelines/{uuid}` */
export function pipeline(site: Site, call: Call): Answer {
  const { items, bytes } = pipelineList(site, repositoryOf(site, call));
  const found = (items as readonly (Pipeline | RecordedRow)[]).find(
    (one) => ('facts' in one ? one.facts.uuid : one.uuid) === call.params.uuid,
  );
  if (!found) throw refuse(404, `Pipeline ${call.params.uuid} not found`);
  return raw(bytes(found));
}

/** `GET …/pipelines/{uuid}/steps/` */
export function steps(site: Site, call: Call): Answer {
  const { uuid = '' } = call.params;
  const { recorded, pipelines } = repositoryOf(site, call);
  const found = pipelines.find((one) => one.uuid === uuid);
  if (!found && !recorded) throw refuse(404, `Pipeline ${uuid} not found`);
  const list = found ? stepList(site, found) : recordedListing(recorded?.steps.get(uuid) ?? []);
  return listed(site, call, list, { most: 100, q: 'ignored' });
}

/** `GET …/deployments/`: no order, and filters are ignored. */
export function deployments(site: Site, call: Call): Answer {
  const list = deploymentList(site, repositoryOf(site, call));
  return listed(site, call, list, { most: 100, q: 'ignored', sort: 'refused' });
}
