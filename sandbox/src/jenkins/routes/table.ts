import type { Route } from '../../http/route.ts';
import { viewOf } from '../data/context.ts';
import { nodesBean } from '../data/nodes.ts';
import { queueBean } from '../data/queue.ts';
import { rootBean, whoAmIBean } from '../data/root.ts';
import { signInPage } from '../faults.ts';
import type { Site } from '../site.ts';
import { exportedBean } from './exported.ts';
import { describe, itemOrBuild, runs, testReport } from './items.ts';

/** Jenkins' endpoints. The first one that matches is taken. */
export const ROUTES: readonly Route<Site>[] = [
  {
    method: 'GET',
    template: '/api/json',
    handle: (site, call) => exportedBean(site, call, rootBean(viewOf(site, call))),
  },
  {
    method: 'GET',
    template: '/whoAmI/api/json',
    handle: (site, call) => exportedBean(site, call, whoAmIBean(viewOf(site, call), call.caller)),
  },
  {
    method: 'GET',
    template: '/queue/api/json',
    handle: (site, call) => exportedBean(site, call, queueBean(viewOf(site, call))),
  },
  {
    method: 'GET',
    template: '/computer/api/json',
    handle: (site, call) => exportedBean(site, call, nodesBean(viewOf(site, call))),
  },
  { method: 'GET', template: '/login', handle: signInPage },
  { method: 'GET', template: '/{path*}/testReport/api/json', handle: testReport },
  { method: 'GET', template: '/{path*}/wfapi/describe', handle: describe },
  { method: 'GET', template: '/{path*}/wfapi/runs', handle: runs },
  { method: 'GET', template: '/{path*}/api/json', handle: itemOrBuild },
];
