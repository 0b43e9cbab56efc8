import { SystemError } from '../../errors.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan, ScanPart } from '../cursor.ts';
import { openSet } from './open-set.ts';
import type { OpenRange, OpenSetOptions } from './open-set-options.ts';
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

/**
 * Says whose children a page holds, so that `openChildren` can judge it. All children of a parent are in one page.
 * @param parent a page with one record, the parent, that has the values that the cursor's options name
 * @returns `children`
 */
export function childrenPage<P extends Page>(children: P, parent: Page): P {
  if (parent.count !== 1)
    throw new SystemError(`the page of a parent has ${parent.count} records`, { code: 'cursor.no_parent' });
  children.parent = parent;
  return children;
}

/** The parent of a page's children, for context fields. @throws SystemError if `childrenPage` did not name it */
export function parentOf<R extends string>(children: Page): Page<string, R> {
  const { parent } = children;
  if (parent) return parent as Page<string, R>;
  throw new SystemError('a page of children without their parent', { code: 'cursor.no_parent' });
}

/** The children that were sent of an open parent: id → hash. */
type Sent = Map<string, string>;

/** What is known of the children of open parents, by the parents' ids. */
interface Known {
  readonly sent: Map<string, Sent>;
  /** Two parts may show a parent at different times. Only the one that has it counts. */
  readonly owners: Map<string, ScanPart<OpenRange>>;
}

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
      const known: Known = { sent: parseChildren(saved?.children), owners: new Map() };
      const { sent, owners } = known;
      const scan = await inner.open(saved, env);
      const [head] = scan.parts;
      // Open parents are requested again by the head.
      for (const id of Object.keys((saved?.open as JsonObject | undefined) ?? {})) owners.set(id, head!);
      return {
        ...scan,
        parts: scan.parts.map((part) => partOf(part, options, known)),
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
  { sent, owners }: Known,
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
    const isElsewhere = owners.has(id) && owners.get(id) !== part;
    const before = isElsewhere ? undefined : sent.get(id);
    const mine = !isElsewhere && (isNew === 1 || before !== undefined);
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

  const keep = (id: string, hashes: Sent): void => {
    sent.set(id, hashes);
    owners.set(id, part);
  };
  const restart = (): void => {
    part.from.restart();
    sent.clear();
    owners.clear();
  };

  return {
    get from() {
      // What it shows changes when the order begins anew.
      return Object.create(part.from, { restart: { value: restart } }) as OpenRange;
    },
    fresh(page) {
      const { parent } = page;
      if (parent) return judge(page, parent).fresh;
      part.fresh(page);
      return new Uint8Array(page.count);
    },
    owe(keys, because) {
      part.owe?.(keys, because);
      for (const id of keys) owners.set(id, part);
    },
    advance(page) {
      const { parent } = page;
      if (!parent) {
        part.advance(page);
        // An open one may have children the next time.
        for (let row = 0; row < page.count; row++) {
          const id = page.id(row, key) ?? '';
          const isMine = (owners.get(id) ?? part) === part;
          if (isMine && isOpen(page, row) && !sent.has(id)) keep(id, new Map());
        }
        return;
      }
      const { hashes, mine } = judge(page, parent);
      const id = parent.id(0, key) ?? '';
      part.advance(parent);
      const isKept = mine && (isWanted?.(parent, 0) ?? true) && isOpen(parent, 0);
      if (isKept) keep(id, hashes);
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
