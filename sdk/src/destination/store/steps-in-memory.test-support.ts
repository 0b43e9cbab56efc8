import { Buffer } from 'node:buffer';
import { type Committed, NOTHING } from './committed.ts';
import { outdated } from './outdated.ts';
import type { Commit, Overview, Place, Row, Step, Store, StreamTotals } from './store.ts';
import { withCommit } from './with-commit.ts';

interface StoredRow {
  readonly data: string;
  key: string | undefined;
  cursor: Buffer | undefined;
}

/** How a transaction ends that somebody disturbs. */
export type Fault = 'refused' | 'answer lost' | undefined;

/** A store that keeps its promises in memory: one source, and tables by place. */
export class StepsInMemory implements Store {
  committed: Committed = NOTHING;
  readonly tables = new Map<string, StoredRow[]>();
  /** What becomes of the next transaction. */
  fault: Fault;
  readonly steps: string[] = [];
  #counts: StreamTotals[] = [];

  /** What readers see of a stream. */
  visible(stream: string): string[] {
    return (this.tables.get(nameOf({ stream })) ?? []).map(({ data }) => data);
  }

  async sources(): Promise<readonly string[]> {
    return [];
  }

  async load(): Promise<Committed> {
    return this.committed;
  }

  async look(): Promise<Overview> {
    const states = this.committed.states.map((state) => ({ ...state, scope: 'main' }));
    return { totals: this.#counts, states };
  }

  async close(): Promise<void> {}

  async transaction(commit: Commit<Step>): Promise<void> {
    // As a database over a network: what else is going on goes on.
    await Promise.resolve();
    const fault = this.fault;
    this.fault = undefined;
    if (fault === 'refused') throw new Error('the connection was closed before COMMIT');
    if (commit.from !== this.committed.number) throw outdated(commit.from, this.committed.number);
    for (const step of commit.parts) this.#apply(step);
    this.committed = withCommit(this.committed, commit);
    for (const counted of commit.counts) this.#counts.push({ ...counted, runs: 1 });
    if (fault === 'answer lost') throw new Error('the connection was closed behind COMMIT');
  }

  #apply(step: Step): void {
    const { place } = step;
    const at = nameOf({ ...place, stream: place.key.stream });
    const main = nameOf({ stream: place.key.stream });
    const rows = this.tables.get(at) ?? [];
    this.steps.push(`${step.kind} ${at}`);
    switch (step.kind) {
      case 'append':
        this.tables.set(at, [...rows, ...Array.from(step.rows, stored)]);
        break;
      case 'dedup':
        this.tables.set(at, deduped(rows, step));
        break;
      case 'replace':
        this.tables.set(main, rows);
        if (at !== main) this.tables.delete(at);
        break;
      case 'join':
        this.tables.set(main, [...(this.tables.get(main) ?? []), ...rows]);
        this.tables.delete(at);
        break;
      case 'discard':
        this.tables.delete(at);
    }
  }
}

function nameOf({ stream, beside, quarantine }: Partial<Place> & { stream: string }): string {
  return `${quarantine ? 'quarantine of ' : ''}${stream}${beside === undefined ? '' : ` beside ${beside}`}`;
}

function stored({ data, key, cursor }: Row): StoredRow {
  return {
    data: data.toString(),
    key: key && Buffer.from(key).toString('hex'),
    cursor: cursor && Buffer.from(cursor),
  };
}

function deduped(rows: StoredRow[], { by, identify, all }: Step & { kind: 'dedup' }): StoredRow[] {
  if (by === 'bytes') return rows.filter((row, k) => rows.findIndex(({ data }) => data === row.data) === k);
  if (all)
    for (const row of rows) {
      const { key, cursor } = identify!(Buffer.from(row.data));
      row.key = key && Buffer.from(key).toString('hex');
      row.cursor = cursor && Buffer.from(cursor);
    }
  const newest = new Map<string, StoredRow>();
  for (const row of rows) {
    const known = row.key === undefined ? undefined : newest.get(row.key);
    const isNewer = !known?.cursor || !row.cursor || Buffer.compare(row.cursor, known.cursor) >= 0;
    if (row.key !== undefined && isNewer) newest.set(row.key, row);
  }
  return rows.filter((row) => row.key === undefined || newest.get(row.key) === row);
}
