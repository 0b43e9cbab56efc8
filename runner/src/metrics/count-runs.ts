import type { RunEvent } from '../engine/events.ts';
import type { Listener } from '../listeners/run-events.ts';
import type { Metric } from './prometheus.ts';

/** A counter for each set of labels. */
class Counter {
  readonly #values = new Map<string, { labels: Record<string, string>; value: number }>();

  add(labels: Record<string, string>, more: number): void {
    const key = JSON.stringify(labels);
    const one = this.#values.get(key) ?? { labels, value: 0 };
    one.value += more;
    this.#values.set(key, one);
  }

  metric(name: string, help: string): Metric {
    return { name, help, type: 'counter', samples: [...this.#values.values()] };
  }
}

/** What runs did since this process began. One listener hears each run; `metrics` has the sums of all. */
export function countRuns(): { listener(): Listener; metrics(): Metric[] } {
  const runs = new Counter();
  const seconds = new Counter();
  const retries = new Counter();
  const records = new Counter();
  const bytes = new Counter();
  const throttled = new Counter();
  return {
    listener() {
      let whose = { tenant: '', job: '' };
      return (event: RunEvent) => {
        if (event.type === 'run_started') whose = { tenant: event.tenant, job: event.job };
        if (event.type === 'retry') retries.add(whose, 1);
        if (event.type !== 'run_ended') return;
        const { result } = event;
        runs.add({ ...whose, outcome: result.outcome }, 1);
        seconds.add(whose, (result.ended - result.started) / 1000);
        for (const { name, namespace, ...stream } of result.streams) {
          const labels = { ...whose, stream: namespace === undefined ? name : `${namespace}.${name}` };
          records.add(labels, stream.committed);
          bytes.add(labels, stream.bytes);
          throttled.add(labels, stream.waitedMs / 1000);
        }
      };
    },
    metrics: () => [
      runs.metric('headrace_runs_total', 'Runs that have ended, by outcome.'),
      seconds.metric('headrace_run_seconds_total', 'How long runs took.'),
      retries.metric('headrace_retries_total', 'Attempts after the first one of a run.'),
      records.metric('headrace_records_committed_total', 'Records that the destination has confirmed.'),
      bytes.metric('headrace_record_bytes_total', 'Size of the records that passed.'),
      throttled.metric('headrace_throttled_seconds_total', 'How long the vendor throttled the source.'),
    ],
  };
}
