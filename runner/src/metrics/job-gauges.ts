import type { JobStatus } from '../jobs/status.ts';
import type { Metric } from './prometheus.ts';

/** What `status` knows of each job, as gauges. */
export function jobGauges(jobs: readonly JobStatus[]): Metric[] {
  const gauge = (name: string, help: string, of: (job: JobStatus) => number | undefined): Metric => ({
    name: `headrace_job_${name}`,
    help,
    type: 'gauge',
    samples: jobs.flatMap((job) => {
      const value = of(job);
      return value === undefined ? [] : [{ labels: { tenant: job.tenant, job: job.job }, value }];
    }),
  });
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return [
    gauge('running', 'Whether the job runs now.', ({ running }) => (running ? 1 : 0)),
    gauge('paused', 'Whether the schedule leaves it out.', ({ paused }) => (paused ? 1 : 0)),
    gauge('problems', 'How many problems status shows.', ({ problems }) => problems.length),
    gauge('last_run_timestamp_seconds', 'When the last run began.', ({ last }) => seconds(last?.started)),
    gauge('last_complete_timestamp_seconds', 'When it completed last.', ({ lastComplete }) =>
      seconds(lastComplete?.ended),
    ),
    gauge('next_run_timestamp_seconds', 'When it is due.', ({ next }) => seconds(next)),
    gauge('last_run_records', 'Records that its last run committed.', ({ last }) => last?.committed),
  ];
}
