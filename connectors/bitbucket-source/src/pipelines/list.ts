import { type OpenRange, type Page, type Select, workAhead } from '@headrace/sdk';
import { listPages, repeating } from '../answers/pages.ts';
import { statusOf } from '../answers/words.ts';
import type { BitbucketApi } from '../api.ts';
import { startOf } from '../config.ts';
import { type Repository, repositoryPath } from '../site/repository.ts';
import { confirmVisible } from '../site/visible.ts';

const DAY_MS = 86_400_000;

/** The values of a pipeline that are looked at. */
export const PIPELINE = { uuid: 'uuid', created_on: 'created_on', result: 'state.result.name' } as const;

/** How an open set goes over pipelines: see `openSet`. */
export const pipelineSet = ({ config }: BitbucketApi) => ({
  key: 'uuid',
  order: 'created_on',
  direction: 'descending' as const,
  // Only a completed pipeline has a result. A waiting manual step, or a lack of minutes, leaves it without one for ever.
  isOpen: (page: Page, row: number) => page.text(row, 'result') === undefined,
  overlap: config.lookback_days * DAY_MS,
  // “Rerun failed steps” opens a completed pipeline, which keeps its uuid and its date.
  reopens: true,
  stale: { afterMs: 30 * DAY_MS, everyMs: 7 * DAY_MS },
  start: startOf(config),
});

/** The path of a pipeline. */
export const pipelinePath = (repository: Repository, uuid: string, below = ''): string =>
  repositoryPath(repository, `/pipelines/${encodeURIComponent(uuid)}${below}`);

/** Pages of the unfinished pipelines that are asked for again, one each, and of those of a range, newest first. */
export async function* pipelinePages(
  stream: string,
  api: BitbucketApi,
  repository: Repository,
  from: OpenRange,
  select: Select<keyof typeof PIPELINE>,
): AsyncGenerator<Page<string, keyof typeof PIPELINE>> {
  let visible: Promise<void> | undefined;
  const ask = async (uuid: string) => {
    try {
      return await api.http.page({ path: pipelinePath(repository, uuid) }, select('.'));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // The repository may have become invisible since the list: then nothing is known of its pipelines.
      visible ??= confirmVisible(api.http, repository);
      await visible;
      from.gone(uuid);
      return undefined;
    }
  };
  const { since } = from;
  const list = listPages(
    // Their `next` lacks the order.
    repeating(api.http),
    { path: repositoryPath(repository, '/pipelines/'), query: { sort: '-created_on' } },
    select,
  );
  let isFirst = true;
  for await (const page of api.reach.through([stream], repository, list)) {
    yield page;
    // Those on this page came.
    if (isFirst) {
      const listed = new Set(page.values('uuid'));
      const others = from.again.filter((uuid) => !listed.has(uuid));
      for await (const one of workAhead(others, api.config.concurrency, ask)) if (one) yield one;
    }
    isFirst = false;
    const last = page.count === 0 ? Number.NaN : page.instant(page.count - 1, 'created_on');
    if (since !== undefined && last < Number(since)) return;
  }
}
