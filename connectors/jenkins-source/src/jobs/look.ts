import { type HeadraceError, ifFound, isHeadraceError } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Folder, Item } from './item.ts';
import { folderOf, itemOf } from './item-of.ts';
import { ALONE, type ItemPage, LISTED, type Nested, nestedIn } from './nested.ts';
import { NAMES, PLACE, PLACES, treeOf } from './trees.ts';

/** What one request shows: some levels of a folder. */
export interface View {
  readonly folder: Folder;
  /** Levels that are only passed, because they are known. */
  readonly skip: number;
  /** Levels below those whose items are shown. */
  readonly levels: number;
  /** With `skip`: paths of the folders that it is about. */
  readonly of?: ReadonlySet<string>;
}

/** What a view shows. */
export interface Listed extends View {
  /** By `Nested.key`. */
  readonly items: ReadonlyMap<string, Item>;
  /** Folders in the last level with something in them. */
  readonly deeper: readonly Folder[];
}

/** A folder or job that could not be looked into. */
export interface Unlisted {
  readonly where: string;
  readonly error: HeadraceError;
}

/** Tries of a request for which there is a lighter one, or which concerns a single item. */
const FEW_TRIES = { tries: 3 };

/**
 * Reads a view. Jenkins leaves an item out of a list, without a word, if something asked of it cannot be read. So a
 * second request for the names alone shows what is missing, and that is asked for by itself (docs/vendors/jenkins.md,
 * What a 200 leaves out).
 */
export async function look(requests: Requests, view: View): Promise<Array<Listed | Unlisted>> {
  const { folder, skip, levels, of } = view;
  const path = `${folder.path}/api/json`;
  const few = skip + levels > 1 ? FEW_TRIES : {};
  const list = (tree: string): Promise<ItemPage> => requests.page({ path, query: { tree } }, LISTED, few);
  const places = await list(treeOf(PLACES, levels, skip));
  const names = [await list(treeOf(NAMES, levels, skip))];
  // A folder that the account may see, but not look into, is left out unless nothing in it is asked for.
  if (folder.above === undefined) names.push(await list('jobs[name]'));

  const items = new Map<string, Item>();
  const passed = new Map<string, Folder>();
  const deeper: Folder[] = [];
  const last = skip + levels;
  const aboveOf = ({ parent }: Nested): Folder => items.get(parent) ?? passed.get(parent) ?? folder;
  /** Of an outer folder only some are asked about. */
  const isAbout = (nested: Nested): boolean =>
    of?.has(aboveOf(nested).path) !== false || items.has(nested.parent);
  for (const nested of nestedIn(places)) {
    if (nested.level <= skip) passed.set(nested.key, folderOf(nested, aboveOf(nested)));
    else if (isShown(nested, last) && isAbout(nested)) {
      const item = itemOf(nested, aboveOf(nested));
      items.set(nested.key, item);
      if (!item.job && nested.level === last && isFilled(nested)) deeper.push(item);
    }
  }
  const failed: Unlisted[] = [];
  const isKnown = (nested: Nested): boolean =>
    !isShown(nested, last) || items.has(nested.key) || passed.has(nested.key) || !isAbout(nested);
  for (const missing of missingIn(names, isKnown)) {
    const place = folderOf(missing, aboveOf(missing));
    try {
      const alone = await askedAlone(requests, place.path);
      if (!alone) continue;
      const item = itemOf({ ...missing, page: alone, row: 0 }, aboveOf(missing));
      items.set(missing.key, item);
      if (!item.job) deeper.push(item);
    } catch (error) {
      if (!isHeadraceError(error)) throw error;
      failed.push({ where: place.fullName, error });
    }
  }
  return [{ ...view, items, deeper }, ...failed];
}

/** What is below the last level was only glanced at, to see whether there is something. Parts belong to their job. */
const isShown = ({ level, list }: Nested, last: number): boolean => level <= last || list !== 'jobs';

/** Whether something is below an item. */
const isFilled = ({ page, row }: Nested): boolean =>
  page.has(row, 'jobs') && (page.value(row, 'jobs') as unknown[] | null)?.length !== 0;

/** Items whose names are listed but not their places, without what is below them. */
function* missingIn(names: readonly ItemPage[], isKnown: (nested: Nested) => boolean): Generator<Nested> {
  const missing = new Set<string>();
  for (const nested of names.flatMap((page) => [...nestedIn(page)])) {
    if (isKnown(nested)) continue;
    if (!missing.has(nested.parent) && !missing.has(nested.key)) yield nested;
    missing.add(nested.key);
  }
}

/** An item by its own request; undefined if it is gone. */
const askedAlone = (requests: Requests, path: string): Promise<ItemPage | undefined> =>
  ifFound(requests.page({ path: `${path}/api/json`, query: { tree: PLACE } }, ALONE, FEW_TRIES));
