import type { Meter } from '@opentelemetry/api';
import type { RunResult } from '../engine/events.ts';

/** Metrics of runs. The returned function is called with each run that has ended. */
export function meterRuns(meter: Meter): (result: RunResult) => void {
  const runs = meter.createCounter('headrace.runs', { description: 'runs that have ended' });
  const time = meter.createHistogram('headrace.run.duration', {
    unit: 's',
    description: 'how long a run took',
  });
  const records = meter.createCounter('headrace.records.committed', {
    description: 'records that the destination has confirmed',
  });
  const bytes = meter.createCounter('headrace.bytes', {
    unit: 'By',
    description: 'size of the records that passed',
  });
  const throttled = meter.createCounter('headrace.throttled', {
    unit: 's',
    description: 'how long the vendor throttled the source',
  });
  return ({ tenant, job, outcome, started, ended, streams }) => {
    const whose = { 'headrace.tenant': tenant, 'headrace.job': job };
    runs.add(1, { ...whose, 'headrace.outcome': outcome });
    time.record((ended - started) / 1000, whose);
    for (const one of streams) {
      const labels = { ...whose, 'headrace.stream': one.name };
      records.add(one.committed, labels);
      bytes.add(one.bytes, labels);
      throttled.add(one.waitedMs / 1000, labels);
    }
  };
}
