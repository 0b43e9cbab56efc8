import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { RunResult } from '../engine/events.ts';
import { meterRuns } from './meter-run.ts';
import { traceRun } from './trace-run.ts';

/** Sends what runs did to an OpenTelemetry collector. */
export interface Telemetry {
  /** Called with each run that has ended. */
  ran(result: RunResult): void;
  /** Sends what is left. A collector that does not answer holds nobody up for longer than some seconds. */
  flush(): Promise<void>;
}

/** Spans beyond this number are dropped until some were sent (invariant 8). */
const MOST_SPANS = 20_000;
/** The longest that one request to the collector takes. */
const LONGEST_MS = 5000;

/**
 * Telemetry over OTLP/HTTP, to where the usual variables of this process say (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS).
 * @param onFailure called with what the exporters report
 */
export function openTelemetry(
  wanted: { readonly traces: boolean; readonly metrics: boolean },
  onFailure: (sentence: string) => void,
): Telemetry {
  const quiet = () => {};
  const error = (message: string) => onFailure(`telemetry: ${message}`);
  diag.setLogger(
    { error, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  const resource = resourceFromAttributes({ 'service.name': 'headrace' }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const traces = wanted.traces
    ? new TracerProvider({
        resource,
        spanProcessors: [
          new BatchSpanProcessor({
            exporter: new OTLPTraceExporter({ timeoutMillis: LONGEST_MS }),
            maxQueueSize: MOST_SPANS,
          }),
        ],
      })
    : undefined;
  const exporter = wanted.metrics ? new OTLPMetricExporter({ timeoutMillis: LONGEST_MS }) : undefined;
  const metrics =
    exporter && new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter })] });
  const meter = metrics && meterRuns(metrics.getMeter('headrace'));
  return {
    ran(result) {
      if (traces) traceRun(traces.getTracer('headrace'), result);
      meter?.(result);
    },
    async flush() {
      const flushed = await Promise.allSettled([traces?.forceFlush(), metrics?.forceFlush()]);
      for (const one of flushed) if (one.status === 'rejected') error(String(one.reason));
    },
  };
}
