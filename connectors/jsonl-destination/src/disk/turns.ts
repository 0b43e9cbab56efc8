/** Runs work with limited concurrency. Further work waits for a free turn. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** @param most how many at a time. Work must not wait for other work of the same turns */
export function turns(most: number): InTurn {
  const waiting: Array<() => void> = [];
  let free = most;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
