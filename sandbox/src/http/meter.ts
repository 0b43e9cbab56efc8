/** How much a limit allows in which time. */
export interface Size {
  kind: 'bucket' | 'window' | 'rolling';
  amount: number;
  windowMs: number;
}

/** What was spent, oldest first. A bucket and a window need only one entry. */
export interface Counter {
  entries: { at: number; spent: number }[];
}

/** What is left of a limit. */
export interface Room {
  amount: number;
  left: number;
  /** Milliseconds until more is left. */
  resetMs: number;
}

export function newCounter(): Counter {
  return { entries: [] };
}

/** What is left at a time. Forgets what no longer counts. */
export function roomOf(size: Size, counter: Counter, now: number): Room {
  const { amount } = size;
  settle(size, counter, now);
  const spent = counter.entries.reduce((sum, entry) => sum + entry.spent, 0);
  return { amount, left: amount - spent, resetMs: resetOf(size, counter, now) };
}

/** Takes `cost` out of a counter. */
export function spend(size: Size, counter: Counter, now: number, cost: number): void {
  settle(size, counter, now);
  const last = counter.entries.at(-1);
  if (last && (size.kind !== 'rolling' || last.at === now)) last.spent += cost;
  else counter.entries.push({ at: size.kind === 'window' ? beginOf(size, now) : now, spent: cost });
}

function settle({ kind, amount, windowMs }: Size, counter: Counter, now: number): void {
  const { entries } = counter;
  if (kind === 'bucket') {
    const [bucket] = entries;
    if (!bucket) return;
    bucket.spent = Math.max(0, bucket.spent - ((now - bucket.at) / windowMs) * amount);
    bucket.at = now;
  } else if (kind === 'window') {
    counter.entries = entries.filter(({ at }) => at === beginOf({ windowMs }, now));
  } else {
    counter.entries = entries.filter(({ at }) => at > now - windowMs);
  }
}

function resetOf({ kind, amount, windowMs }: Size, { entries }: Counter, now: number): number {
  if (kind === 'bucket') return windowMs / amount;
  if (kind === 'window') return beginOf({ windowMs }, now) + windowMs - now;
  return entries.length === 0 ? 0 : entries[0]!.at + windowMs - now;
}

function beginOf({ windowMs }: Pick<Size, 'windowMs'>, now: number): number {
  return Math.floor(now / windowMs) * windowMs;
}
