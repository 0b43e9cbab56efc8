import { SystemError } from '../errors.ts';
import type { StreamOutcome } from './stream-session.ts';

/** Streams that are read together: one, or those that share a scan. */
export interface Job {
  readonly names: readonly string[];
  /** Streams that have to be complete before: what stands on them is not read where they are not. */
  readonly after: ReadonlySet<string>;
  /** Streams that have to have ended before, whatever became of them. */
  readonly follows: ReadonlySet<string>;
  /** Every other stream is followed: where none of them is complete, there was nothing to go by. */
  readonly followsAll: boolean;
  /** @param unfinished those that it stands on and that ended incomplete */
  run(unfinished: readonly string[]): Promise<readonly StreamOutcome[]>;
}

/**
 * Runs every job once those that it waits for have ended; outcomes in that order.
 * @throws SystemError where streams wait for each other in a circle
 */
export async function inOrder(jobs: readonly Job[]): Promise<StreamOutcome[]> {
  const ended = new Map<Job, Promise<readonly StreamOutcome[]>>();
  for (const job of sorted(jobs)) {
    const parents = [...waitedFor(job, jobs)].map((parent) => ended.get(parent)!);
    ended.set(
      job,
      Promise.all(parents).then((groups) => {
        const outcomes = groups.flat();
        const isBlind = job.followsAll && outcomes.every(({ complete }) => !complete);
        const unfinished = outcomes.filter(
          ({ name, complete }) => !complete && (isBlind || job.after.has(name)),
        );
        return job.run(unfinished.map(({ name }) => name));
      }),
    );
  }
  return (await Promise.all(ended.values())).flat();
}

function waitedFor(job: Job, jobs: readonly Job[]): Job[] {
  return jobs.filter(
    (other) => other !== job && other.names.some((name) => job.after.has(name) || job.follows.has(name)),
  );
}

function sorted(jobs: readonly Job[]): Set<Job> {
  const done = new Set<Job>();
  const visit = (job: Job, path: readonly Job[]): void => {
    if (done.has(job)) return;
    if (path.includes(job)) {
      const names = [...path, job].map((one) => one.names.join(' and '));
      throw new SystemError(`the streams ${names.join(' → ')} come after each other in a circle`, {
        code: 'source.circular_streams',
      });
    }
    for (const parent of waitedFor(job, jobs)) visit(parent, [...path, job]);
    done.add(job);
  };
  for (const job of jobs) visit(job, []);
  return done;
}
