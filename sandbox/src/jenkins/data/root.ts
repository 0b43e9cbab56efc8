import { type Bean, bean, collection, NOTHING_EXPORTED, type Value } from '../tree/bean.ts';
import { urlOf, type View } from './context.ts';
import { listedItems } from './job.ts';

/** Jenkins itself: `/api/json`. */
export function rootBean(view: View): Bean {
  const all = bean('hudson.model.AllView', { name: 'all', url: urlOf(view, '') });
  return bean('hudson.model.Hudson', {
    assignedLabels: collection([bean(undefined, { name: 'built-in' })]),
    mode: 'NORMAL',
    nodeDescription: 'the Jenkins controller',
    nodeName: '',
    numExecutors: 2,
    description: null,
    jobs: () => listedItems(view, view.site.forest.roots),
    overallLoad: NOTHING_EXPORTED,
    primaryView: all,
    quietDownReason: null,
    quietingDown: false,
    slaveAgentPort: 50_000,
    unlabeledLoad: bean('jenkins.model.UnlabeledLoadStatistics', {}),
    url: urlOf(view, ''),
    useCrumbs: true,
    useSecurity: true,
    views: [all] satisfies Value[],
  });
}

/** `/whoAmI/api/json` */
export function whoAmIBean({ site }: View, caller: string | undefined): Bean {
  return bean('hudson.security.WhoAmI', {
    anonymous: caller === undefined,
    authenticated: caller !== undefined,
    authorities: ['authenticated'],
    details: null,
    name: caller === undefined ? 'anonymous' : site.login.user,
    toString: '[]',
  });
}
