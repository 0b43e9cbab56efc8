import { ifFound, isTooHeavy, type OpenRange, type Page, type Selection, selectOf } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';

/*
 * A job that was deleted and made again gives its numbers again, so a build is told by its number and its timestamp.
 * The state knows both of the newest build that was read.
 */
type Top = NonNullable<OpenRange['top']>;

/** Whether the list of jobs shows that the job is another one than the state's. */
export function isReset({ next, last }: Job, top: Top): boolean {
  const number = Number(top.id);
  if (next <= number) return true;
  if (last === undefined || last.number > number) return false;
  // An older build cannot be younger, except if the controller's clock was set back. Then builds are sent again.
  return last.number === number ? last.timestamp !== top.born : Number(last.timestamp) > Number(top.born);
}

/** The timestamp of the state's newest build in a page; undefined if it is not there. */
export function topIn(page: Page<string, string>, { id }: Top): string | undefined {
  for (let row = page.count - 1; row >= 0; row--)
    if (page.id(row, 'number') === id) return page.id(row, 'timestamp');
  return undefined;
}

const ONE = selectOf({ timestamp: 'timestamp' })('.');
const OLDEST = selectOf({ number: 'firstBuild.number', timestamp: 'firstBuild.timestamp' })('.');

/**
 * Whether the job is another one than the state's although it has had more builds by now.
 * @param listed the timestamp that the list shows for the state's newest build; undefined: it does not show it
 */
export async function isRecreated(
  requests: Requests,
  job: Job,
  { id, born }: Top,
  listed: string | undefined,
): Promise<boolean> {
  if (listed !== undefined) return listed !== born;
  const read = <S extends string>(path: string, tree: string, selection: Selection<never, S>) =>
    unlessUnreadable(
      requests.page({ path: `${job.path}${path}/api/json`, query: { tree } }, selection, { tries: 3 }),
    );
  const alone = await read(`/${id}`, 'number,timestamp', ONE);
  if (alone) return alone.id(0, 'timestamp') !== born;
  // It is gone, or cannot be read. If an older one is left that began later, the job is another one.
  const oldest = await read('', 'firstBuild[number,timestamp]', OLDEST);
  const number = oldest?.id(0, 'number');
  return (
    number !== undefined && Number(number) <= Number(id) && Number(oldest!.id(0, 'timestamp')) > Number(born)
  );
}

/** An answer; undefined for a build that does not exist or cannot be read: then it tells nothing. */
async function unlessUnreadable<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await ifFound(asked);
  } catch (error) {
    if (isTooHeavy(error)) return undefined;
    throw error;
  }
}
