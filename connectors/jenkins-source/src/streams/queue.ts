import { type Answer, DataError, defineStream, isoUtc, type Page, pageOfLoose } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { flag, integer, object, objects, text } from '../schemas.ts';

const ITEM =
  '_class,id,actions[*,parameters[*],causes[*]],blocked,buildable,pending,stuck,inQueueSince,buildableStartMilliseconds,params,timestamp,url,why,cancelled,task[_class,name,fullName,url,color],executable[number,url]';

/** When the queue of a page was read. */
const taken = new WeakMap<Page, string>();

/** What waits to be built, at the moment of the read. */
export const queue = defineStream<JenkinsApi>()({
  name: 'queue',
  description: 'An item that waits in the queue, as it was at one moment.',
  schema: {
    properties: {
      _class: text,
      id: { type: 'integer' },
      snapshotAt: {
        type: 'string',
        format: 'date-time',
        description: 'when the queue was read, on Jenkins’s clock',
      },
      actions: objects,
      blocked: flag,
      buildable: flag,
      pending: flag,
      stuck: flag,
      cancelled: flag,
      inQueueSince: { ...integer, description: 'in ms since 1970' },
      buildableStartMilliseconds: integer,
      timestamp: integer,
      params: text,
      url: text,
      why: text,
      task: { ...object, description: 'the job' },
      executable: object,
    },
  },
  primaryKey: ['id', 'snapshotAt'],
  record: { id: 'id' },
  read: async function* ({ api, select }) {
    const request = {
      path: '/queue/api/json',
      query: { tree: `items[${ITEM}],discoverableItems[task[name]]` },
    };
    // What the account may discover but not read stands in a list of its own, without ids. Old releases have none.
    const [items, hidden] = await api.http.ask(request, (answer) => {
      const page = pageOfLoose(answer, select('items'));
      taken.set(page as Page, dateOf(answer));
      return [page, select('discoverableItems').scan(page.bytes).count];
    });
    if (hidden > 0) api.log.info(`queue: skipped items of jobs that the account may not read (${hidden})`);
    yield items;
  },
  context: { snapshotAt: (page) => taken.get(page) },
});

/** When an answer left, on the server's clock. @throws DataError (`jenkins.no_date`) */
function dateOf({ headers, request }: Answer): string {
  const date = Date.parse(String(headers.date));
  if (!Number.isNaN(date)) return isoUtc(date);
  throw new DataError('the server sends no Date header, so nobody knows when the queue was read', {
    code: 'jenkins.no_date',
    place: request,
    hint: 'look for a proxy that removes it',
  });
}
