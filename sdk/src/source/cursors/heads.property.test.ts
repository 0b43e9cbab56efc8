import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import type { Page } from '../../protocol/page.ts';
import { Choices, choices, pageOf, repeated, run } from './drive.test-support.ts';
import { type HeadsFrom, heads } from './heads.ts';

/** A repository: commits only ever have older parents, so a larger number first is children before parents. */
class Repository {
  readonly #parents: number[][] = [];
  readonly branches = new Map<string, number>();
  /** Commits that the vendor has thrown away. */
  readonly #gone = new Set<number>();
  #mixed: (commit: number) => number = () => 0;
  #isStrict = true;
  forgets = 0;

  static hash = (commit: number): string => `${String(commit).padStart(4, '0')}`.padEnd(40, 'abcdef0123');
  static number = (hash: string): number => Number(hash.slice(0, 4));

  commit(branch: string, merged?: string): void {
    const heads = [branch, merged].flatMap((name) => (name === undefined ? [] : [this.branches.get(name)]));
    const parents = [...new Set(heads)].filter((head) => head !== undefined);
    this.branches.set(branch, this.#parents.push(parents) - 1);
  }

  /** Orders siblings otherwise than by age; children come before their parents where it is `strict`. */
  mix(by: (commit: number) => number, strict: boolean): void {
    this.#mixed = by;
    this.#isStrict = strict;
  }

  reach(from: Iterable<number>): Set<number> {
    const found = new Set<number>();
    const todo = [...from];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      todo.push(...this.#parents[next]!);
    }
    return found;
  }

  get alive(): Set<number> {
    return this.reach(this.branches.values());
  }

  collect(): void {
    const { alive } = this;
    for (let k = 0; k < this.#parents.length; k++) if (!alive.has(k)) this.#gone.add(k);
  }

  text(commit: number): string {
    return JSON.stringify({
      hash: Repository.hash(commit),
      parents: this.#parents[commit]!.map((parent) => ({ hash: Repository.hash(parent) })),
    });
  }

  async *read(from: HeadsFrom, size: number): AsyncGenerator<Page> {
    for (;;) {
      const unknown = [...from.exclude, ...from.include].find((hash) =>
        this.#gone.has(Repository.number(hash)),
      );
      if (unknown === undefined) break;
      this.forgets++;
      from.forget(unknown);
    }
    if (from.include.length === 0) return;
    const left = this.reach(from.exclude.map(Repository.number));
    const wanted = this.reach(from.include.map(Repository.number));
    for (const commit of left) wanted.delete(commit);
    const rows: object[] = [];
    // Children before parents, siblings in any order: of those without an unlisted child the "first".
    while (wanted.size > 0) {
      const covered = new Set([...wanted].flatMap((commit) => this.#parents[commit]!));
      const free = [...wanted].filter((commit) => !this.#isStrict || !covered.has(commit));
      const next = free.sort((a, b) => this.#mixed(a) - this.#mixed(b) || b - a)[0]!;
      wanted.delete(next);
      rows.push(JSON.parse(this.text(next)) as object);
    }
    for (let at = 0; at < rows.length; at += size) yield pageOf(rows.slice(at, at + size));
  }
}

const NAMES = ['main', 'a', 'b', 'c'];

const world = fc.record({
  steps: fc.array(
    fc.record({
      what: fc.constantFrom('commit', 'commit', 'commit', 'merge', 'branch', 'sync', 'rewrite', 'remove'),
      branch: fc.constantFrom(...NAMES),
      other: fc.constantFrom(...NAMES),
      collected: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40, size: 'max' },
  ),
  choices: choices(150),
  pageSize: fc.integer({ min: 1, max: 4 }),
  mixed: fc.func(fc.nat(10)),
});

type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

async function play(
  world: World,
  { rewrites = false, strict = true }: { rewrites?: boolean; strict?: boolean },
): Promise<{ repository: Repository; stored: string[]; wasRemoved: boolean; largest: number }> {
  const repository = new Repository();
  repository.mix(world.mixed, strict);
  repository.commit('main');
  const decide = new Choices(world.choices);
  const stored: string[] = [];
  let saved: string | undefined;
  let wasRemoved = false;
  let largest = 0;
  const cursor = heads({
    hash: 'hash',
    // In a strict order nothing needs to be remembered: the frontier alone has to be exact.
    recent: strict ? 0 : undefined,
    parents: (page, row) => (page.value(row, 'parents') as Array<{ hash: string }>).map(({ hash }) => hash),
    current: async () => [...repository.branches.values()].map(Repository.hash),
  });
  const sync = async (tries: number, killOneIn: number): Promise<void> => {
    for (let k = 0; k < tries; k++) {
      const ran = await run({
        cursor,
        saved,
        begin: 0,
        read: (from) => repository.read(from, world.pageSize),
        choices: decide,
        killOneIn,
        failOneIn: 2 * killOneIn,
      });
      stored.push(...ran.stored);
      saved = ran.state;
      largest = Math.max(largest, ran.parts);
      if (ran.outcome === 'done') break;
    }
  };
  for (const { what, branch, other, collected } of world.steps) {
    const at = repository.branches.get(branch);
    if (what === 'commit' && at !== undefined) repository.commit(branch);
    else if (what === 'merge' && at !== undefined && branch !== other) repository.commit(branch, other);
    else if (what === 'branch' && at !== undefined)
      repository.branches.set(other, repository.branches.get(other) ?? at);
    // A run that is killed is not always tried again before the next things happen.
    else if (what === 'sync') await sync(1 + decide.pick(3), 6);
    else if (rewrites && what === 'rewrite' && at !== undefined) {
      const back = [...repository.reach([at])].sort((a, b) => b - a)[1];
      if (back !== undefined) repository.branches.set(branch, back);
      repository.commit(branch);
      wasRemoved = true;
      if (collected) repository.collect();
    } else if (rewrites && what === 'remove' && branch !== 'main' && at !== undefined) {
      repository.branches.delete(branch);
      wasRemoved = true;
      if (collected) repository.collect();
    }
  }
  await sync(100, 8);
  await sync(1, 0);
  // A walk that had to wait for the end of others comes with the next run.
  await sync(1, 0);
  const {
    walks,
    recent,
    heads: last,
  } = JSON.parse(saved!) as { walks?: object; recent?: string; heads: string[] };
  if (!rewrites) expect(last.length).toBeLessThanOrEqual(NAMES.length);
  expect([walks, recent]).toEqual([undefined, undefined]);
  return { repository, stored, wasRemoved, largest };
}

describe('heads over a modelled repository', () => {
  it('bring every commit once, while branches grow and merge and reads are killed', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const { repository, stored, largest } = await play(world, {});
        expect([...stored].sort()).toEqual(
          [...repository.alive].map((commit) => repository.text(commit)).sort(),
        );
        expect(largest).toBeLessThanOrEqual(8);
      }),
      cases(1500),
    );
  });

  it('bring every commit once, too, from a list that is not strictly topological', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const { repository, stored } = await play(world, { strict: false });
        expect([...stored].sort()).toEqual(
          [...repository.alive].map((commit) => repository.text(commit)).sort(),
        );
      }),
      cases(1500),
    );
  });

  it('lose nothing where branches are rewritten and removed and old commits are thrown away', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const { repository, stored, wasRemoved } = await play(world, { rewrites: true });
        expect(stored).toEqual(
          expect.arrayContaining([...repository.alive].map((commit) => repository.text(commit))),
        );
        if (!wasRemoved && repository.forgets === 0) expect(repeated(stored)).toEqual([]);
      }),
      cases(1500),
    );
  });
});
