import { SystemError } from '../../errors.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan, ScanPart } from '../cursor.ts';
import { type OpenRange, type OpenSetOptions, openSet } from './open-set.ts';
import { hashWithout } from './open-set-rows.ts';
import { foreignState } from './saved.ts';

/** How parents and their children are told apart. All options but the last two are about parents, see `OpenSetOptions`. */
export interface OpenChildrenOptions extends OpenSetOptions {
  /** The selected value that identifies a child within its parent. Default: a parent has one child at most. */
  readonly child?: string;
  /**
   * Selected values of a child that change by themselves, and so are left out when its bytes are compared: the duration
   * of a stage that runs. Default: none.
   */
  readonly drifts?: (page: Page, row: number) => readonly string[];
}

const parents = new WeakMap<Page, Page>();

/**
 * Says whose children a page holds, so that `openChildren` can judge it. All children of a parent are in one page.
 * @param parent a page with one record, the parent, that has the values that the cursor's options name
 * @returns `children`
 */
export function childrenPage<P extends Page>(children: P, parent: Page): P {
  if (parent.count !== 1)
    throw new SystemError(`the page of a parent has ${parent.count} records`, { code: 'cursor.no_parent' });
  parents.set(children, parent);
  return children;
}

/** The parent of a page's children, for context fields. @throws SystemError if `childrenPage` did not name it */
export function parentOf<R extends string>(children: Page): Page<string, R> {
  const parent = parents.get(children);
  if (parent) return parent as Page<string, R>;
  throw new SystemError('a page of children without their parent', { code: 'cursor.no_parent' });
}

/** The children that were sent of an open parent: id → hash. */
type Sent = Map<string, string>;

/**
 * For what belongs to things that begin, change and finish: the stages of a build, the steps of a pipeline. The parents
 * are an `openSet` that is not sent itself. `read` gets what an open set's does. For each parent it yields a page of all
 * its children, see `childrenPage`; a page without a parent consists of parents that have no children, in the same order.
 *
 * The children of a finished parent are sent once. While a parent is open, a child is sent when it is new or its bytes
 * changed. The state is that of the open set, with `children`: of each open parent, child id → hash of the bytes sent
 * last.
 */
export function openChildren(options: OpenChildrenOptions): Cursor<OpenRange> {
  const { child, drifts, ...parent } = options;
  const inner = openSet(parent);
  return {
    open: async (saved: JsonObject | undefined, env: CursorEnv): Promise<Scan<OpenRange>> => {
      const sent = parseChildren(saved?.children);
      const scan = await inner.open(saved, env);
      return {
        ...scan,
        parts: scan.parts.map((part) => partOf(part, options, sent)),
        state() {
          const state = scan.state();
          const open = state.open as JsonObject;
          // What is not open any more, or was forgotten when the order began anew, needs no comparison.
          const children = [...sent].filter(([id]) => Object.hasOwn(open, id));
          if (children.length === 0) return state;
          return {
            ...state,
            children: Object.fromEntries(children.map(([id, hashes]) => [id, Object.fromEntries(hashes)])),
          };
        },
      };
    },
  };
}

function partOf(
  part: ScanPart<OpenRange>,
  options: OpenChildrenOptions,
  sent: Map<string, Sent>,
): ScanPart<OpenRange> {
  const { child, drifts, key, isOpen, isWanted } = options;
  let judged: {
    readonly page: Page;
    readonly fresh: Uint8Array;
    readonly hashes: Sent;
    readonly mine: boolean;
  };

  function judge(page: Page, parent: Page): typeof judged {
    if (judged?.page === page) return judged;
    const [isNew = 0] = part.fresh(parent) ?? [1];
    const id = parent.id(0, key) ?? '';
    const before = sent.get(id);
    const mine = isNew === 1 || before !== undefined;
    const fresh = new Uint8Array(page.count);
    const hashes: Sent = new Map();
    for (let row = 0; row < page.count; row++) {
      const name = child === undefined ? '' : (page.id(row, child) ?? '');
      const hash = hashWithout(page, row, drifts?.(page, row) ?? []);
      if (mine && before?.get(name) !== hash && hashes.get(name) !== hash) fresh[row] = 1;
      hashes.set(name, hash);
    }
    judged = { page, fresh, hashes, mine };
    return judged;
  }

  const note = (id: string): void => {
    if (!sent.has(id)) sent.set(id, new Map());
  };

  return {
    get from() {
      return part.from;
    },
    fresh(page) {
      const parent = parents.get(page);
      if (parent) return judge(page, parent).fresh;
      part.fresh(page);
      return new Uint8Array(page.count);
    },
    owe: (keys, because) => part.owe?.(keys, because),
    advance(page) {
      const parent = parents.get(page);
      if (!parent) {
        part.advance(page);
        // An open one may have children the next time.
        for (let row = 0; row < page.count; row++) if (isOpen(page, row)) note(page.id(row, key) ?? '');
        return;
      }
      const { hashes, mine } = judge(page, parent);
      const id = parent.id(0, key) ?? '';
      part.advance(parent);
      const isKept = mine && (isWanted?.(parent, 0) ?? true) && isOpen(parent, 0);
      if (isKept) sent.set(id, hashes);
      else if (mine) sent.delete(id);
    },
    finish: () => part.finish(),
  };
}

function parseChildren(saved: unknown = {}): Map<string, Sent> {
  if (!isObject(saved)) throw foreignState('has no children');
  return new Map(
    Object.entries(saved).map(([id, hashes]) => {
      if (!isObject(hashes)) throw foreignState('has no children');
      return [id, new Map(Object.entries(hashes).map(([name, hash]) => [name, String(hash)]))];
    }),
  );
}
