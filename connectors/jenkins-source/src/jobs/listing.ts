import { ConfigError, isHeadraceError, isTooHeavy, workAhead } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Folder } from './item.ts';
import { type Listed, look, type Unlisted, type View } from './look.ts';
import { DEEPEST } from './trees.ts';

/** So many folders of one outer folder are asked for together. */
const TOGETHER = 3;

/**
 * Everything below some folders: several levels a request. Folders that are deeper are asked for together, by an outer
 * folder, or, if there are few of them, one by one.
 * @param wanted whether something below a folder may be of interest
 */
export async function* listing(
  requests: Requests,
  roots: readonly Folder[],
  wanted: (folder: Folder) => boolean,
  concurrency: number,
): AsyncGenerator<Listed | Unlisted> {
  let views = roots.map(deepView);
  while (views.length > 0) {
    const deeper: Folder[] = [];
    for await (const found of workAhead(views, concurrency, (view) => lookLighter(requests, view))) {
      for (const one of found) {
        yield one;
        if ('deeper' in one) deeper.push(...one.deeper.filter(wanted));
      }
    }
    views = viewsOf(deeper);
  }
}

const deepView = (folder: Folder): View => ({ folder, skip: 0, levels: DEEPEST });

function viewsOf(folders: readonly Folder[]): View[] {
  const outer = Map.groupBy(folders, ({ above }) => above?.above?.above);
  return [...outer].flatMap(([folder, inside]) =>
    folder === undefined || inside.length < TOGETHER
      ? inside.map(deepView)
      : [{ folder, skip: DEEPEST - 1, levels: 1, of: new Set(inside.map(({ path }) => path)) }],
  );
}

/**
 * A view, or smaller ones in its place: if it is too much for one request, or its URL too long for a proxy.
 * @throws HeadraceError only for the top folder: without it there is nothing
 */
async function lookLighter(requests: Requests, view: View): Promise<Array<Listed | Unlisted>> {
  const { folder } = view;
  try {
    return await look(requests, view).catch((error: unknown) => {
      const isTooLong = isHeadraceError(error) && (error.status === 414 || error.status === 431);
      if (view.levels === 1 || !(isTooHeavy(error) || isTooLong)) throw error;
      return look(requests, { ...view, levels: 1 });
    });
  } catch (error) {
    if (!isHeadraceError(error) || folder.path === '') throw error;
    return [{ where: `folder ${folder.fullName}`, error: error.status === 404 ? noFolder(folder) : error }];
  }
}

function noFolder({ fullName, path }: Folder): ConfigError {
  return new ConfigError(`the account sees no folder ${fullName}`, {
    code: 'jenkins.no_folder',
    place: `GET ${path}/api/json`,
    hint: 'check the names in config.jobs, and what the account may see',
  });
}
