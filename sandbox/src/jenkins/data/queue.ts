import { below } from '../../http/random.ts';
import { type Item, KINDS, pathOf, withBelow } from '../store/item.ts';
import { type Bean, bean, type Value } from '../tree/bean.ts';
import { urlOf, type View } from './context.ts';
import { say } from './texts.ts';

const QUEUE_CLASSES = ['WaitingItem', 'BlockedItem', 'BuildableItem'] as const;

/** `/queue/api/json`. Of a job that the account may discover but not read, the queue shows no more than the name. */
export function queueBean(view: View): Bean {
  const { site } = view;
  const jobs = [...withBelow(site.forest.roots)].filter(
    ({ builds, kind }) => builds && kind !== 'configuration' && kind !== 'module',
  );
  const items: Value[] = [];
  const hidden: Value[] = [];
  for (let i = 0; i < Math.min(site.settings.queued, jobs.length); i++) {
    const item = jobs[(i * 7) % jobs.length]!;
    if (i % 4 === 3) hidden.push(bean(undefined, { task: bean(undefined, { name: item.name }) }));
    else items.push(queueItem(view, item, i));
  }
  return bean('hudson.model.Queue', { discoverableItems: hidden, items });
}

function queueItem(view: View, item: Item, i: number): Bean {
  const { settings, until } = view.site;
  const { seed } = settings;
  const kind = QUEUE_CLASSES[i % 3]!;
  const since = until - below(600_000, seed, i, 101);
  const why = kind === 'WaitingItem' ? say(view.language, 'quiet', 4) : say(view.language, 'waiting');
  return bean(`hudson.model.Queue$${kind}`, {
    actions: [
      bean('hudson.model.CauseAction', {
        causes: [
          bean('hudson.triggers.TimerTrigger$TimerTriggerCause', {
            shortDescription: say(view.language, 'timer'),
          }),
        ],
      }),
    ],
    blocked: kind === 'BlockedItem',
    buildable: kind === 'BuildableItem',
    id: 40_000 + i,
    inQueueSince: since,
    params: i % 2 ? '\nBRANCH=main' : '',
    stuck: false,
    task: bean(KINDS[item.kind].className, {
      name: item.name,
      url: urlOf(view, pathOf(item)),
      color: 'blue',
    }),
    url: `queue/item/${40_000 + i}/`,
    why,
    ...(kind === 'WaitingItem' ? { timestamp: since + 5000 } : { buildableStartMilliseconds: since + 5000 }),
    ...(kind === 'BuildableItem' && { pending: false }),
  });
}
