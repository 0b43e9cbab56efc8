import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { json, page } from '../answer.ts';
import { buildBean } from '../data/build.ts';
import { viewOf } from '../data/context.ts';
import { itemBean } from '../data/job.ts';
import { describedRun } from '../data/stages.ts';
import { testReportBean } from '../data/tests.ts';
import type { Site } from '../site.ts';
import { begin, numbersOf } from '../store/builds.ts';
import { type Place, placeAt } from '../store/find.ts';
import { denialOf } from '../store/item.ts';
import { exportedBean, exportedInPieces } from './exported.ts';

/** `/{path}/api/json` of an item or a build. */
export function itemOrBuild(site: Site, call: Call): Answer {
  return at(site, call, ({ item, number }) => {
    const view = viewOf(site, call);
    if (number !== undefined) {
      site.cost.walked++;
      return exportedBean(site, call, buildBean(view, item, number));
    }
    if (site.busy && item.builds) begin(item.builds, site.clock.now());
    return exportedBean(site, call, itemBean(view, item));
  });
}

/** `/{path}/testReport/api/json` */
export function testReport(site: Site, call: Call): Answer {
  return at(site, call, ({ item, number }) => {
    if (number === undefined || !site.plugins.has('junit')) return notFound();
    const report = testReportBean(viewOf(site, call), item, number);
    return report ? exportedInPieces(site, call, report) : notFound();
  });
}

/** `/{path}/wfapi/describe` */
export function describe(site: Site, call: Call): Answer {
  return at(site, call, ({ item, number }) => {
    if (number === undefined || item.kind !== 'pipeline' || !site.plugins.has('pipeline-stage-view'))
      return notFound();
    return json(describedRun(viewOf(site, call), item, number));
  });
}

/** `/{path}/wfapi/runs`: the newest ten, however many there are. */
export function runs(site: Site, call: Call): Answer {
  return at(site, call, ({ item, number }) => {
    if (number !== undefined || item.kind !== 'pipeline' || !site.plugins.has('pipeline-stage-view'))
      return notFound();
    const view = viewOf(site, call);
    const newest = [...numbersOf(item.builds!)].slice(0, 10);
    return json(newest.map((one) => describedRun(view, item, one)));
  });
}

export function notFound(): Answer {
  return page(404, 'Error 404 Not Found', 'HTTP ERROR 404 Not Found');
}

function at(site: Site, call: Call, answer: (place: Place) => Answer): Answer {
  const place = placeAt(site.forest, call.params.path ?? '');
  if (!place) return notFound();
  const denied = denialOf(place.item);
  if (!denied) return answer(place);
  return denied.status === 404 ? notFound() : forbidden(site);
}

/** A logged-in caller without a permission: the headers say which one, the text is in the caller's language. */
function forbidden({ login }: Site): Answer {
  return page(403, 'Access Denied', `${login.user} is missing the Job/Read permission`, {
    'X-You-Are-Authenticated-As': login.user,
    'X-You-Are-In-Group-Disabled':
      'JENKINS-39402: use -Dhudson.security.AccessDeniedException2.REPORT_GROUP_HEADERS=true',
    'X-Required-Permission': 'hudson.model.Item.Read',
    'X-Permission-Implied-By': 'hudson.security.Permission.GenericRead',
  });
}
