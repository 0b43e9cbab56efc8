import { type Attributes, context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { RunResult } from '../engine/events.ts';

/** A trace of a run that has ended: a span for the run, below it one for each attempt and each stream. */
export function traceRun(tracer: Tracer, result: RunResult): void {
  const { tenant, job, number, outcome, attempts, started, ended, errors, streams, tries } = result;
  const whose = { 'headrace.tenant': tenant, 'headrace.job': job };
  const span = (
    name: string,
    from: number,
    to: number,
    attributes: Attributes,
    failure?: string,
    parent = root,
  ) => {
    const one = tracer.startSpan(name, { startTime: from, attributes: { ...whose, ...attributes } }, parent);
    if (failure !== undefined) one.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    one.end(to);
    return one;
  };
  const root = context.active();
  const [first] = errors;
  const run = span(
    `run ${job}`,
    started,
    ended,
    {
      'headrace.run': number,
      'headrace.outcome': outcome,
      'headrace.attempts': attempts,
      ...(first ? { 'error.type': first.code } : {}),
    },
    outcome === 'complete' ? undefined : (first?.message ?? outcome),
  );
  const below = trace.setSpan(root, run);
  for (const one of tries)
    span(
      `attempt ${one.number}`,
      one.started,
      one.ended ?? ended,
      { 'headrace.attempt': one.number, ...(one.code ? { 'error.type': one.code } : {}) },
      one.message,
      below,
    );
  for (const one of streams)
    span(
      `stream ${one.name}`,
      // A source that sends no statuses says nothing of its streams' times.
      one.started ?? started,
      one.ended ?? ended,
      {
        'headrace.stream': one.name,
        ...(one.namespace === undefined ? {} : { 'headrace.namespace': one.namespace }),
        'headrace.records': one.records,
        'headrace.records.committed': one.committed,
        'headrace.bytes': one.bytes,
        'headrace.throttled_ms': one.waitedMs,
      },
      one.complete ? undefined : (one.error ?? 'incomplete'),
      below,
    );
}
