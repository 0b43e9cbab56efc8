import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { RunResult } from '../engine/events.ts';
import { wantsTelemetry } from './is-wanted.ts';
import { openTelemetry } from './telemetry.ts';

afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
});

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code?: number; message?: string };
}

/** A collector that keeps what it is sent. */
async function collector(status = 200) {
  const got = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isZipped = request.headers['content-encoding'] === 'gzip';
    got.set(request.url ?? '', (isZipped ? gunzipSync(body) : body).toString('utf8'));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const counts = {
  bytes: 10,
  rejected: 0,
  states: 1,
  waitedMs: 1500,
  generation: 0,
  status: 'COMPLETE',
} as const;
const result: RunResult = {
  tenant: 'acme',
  job: 'jira',
  number: 4,
  started: 1_000_000,
  ended: 1_060_000,
  attempts: 2,
  tries: [
    { number: 1, started: 1_000_000, ended: 1_020_000, code: 'http.gone', message: 'it is gone' },
    { number: 2, started: 1_030_000, ended: 1_060_000 },
  ],
  options: { check: true },
  outcome: 'partial',
  exitCode: 1,
  streams: [
    {
      ...counts,
      name: 'issues',
      records: 7,
      committed: 7,
      complete: true,
      started: 1_001_000,
      ended: 1_002_000,
    },
    { ...counts, name: 'boards', records: 0, committed: 0, complete: false, error: 'not served' },
  ],
  errors: [{ code: 'http.gone', message: 'it is gone', failure_type: 'transient_error', origin: 'source' }],
};

test('a run is a trace with a span for each attempt and stream, and counts in metrics', async () => {
  const { got, url } = await collector();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url;
  process.env.OTEL_RESOURCE_ATTRIBUTES = 'deployment.environment.name=test';
  const failures: string[] = [];
  const telemetry = openTelemetry({ traces: true, metrics: true }, (sentence) => failures.push(sentence));
  telemetry.ran(result);
  await telemetry.flush();
  expect(failures).toEqual([]);
  const traces = JSON.parse(got.get('/v1/traces') ?? '{}');
  const [{ resource, scopeSpans }] = traces.resourceSpans;
  expect(JSON.stringify(resource)).toContain('"service.name","value":{"stringValue":"headrace"}');
  expect(JSON.stringify(resource)).toContain('deployment.environment.name');
  const spans = scopeSpans[0].spans as Span[];
  expect(spans.map(({ name }) => name)).toEqual([
    'run jira',
    'attempt 1',
    'attempt 2',
    'stream issues',
    'stream boards',
  ]);
  const [run, ...below] = spans;
  for (const span of below) expect([span.traceId, span.parentSpanId]).toEqual([run?.traceId, run?.spanId]);
  expect(run).toMatchObject({
    status: { code: 2, message: 'it is gone' },
    startTimeUnixNano: '1000000000000',
  });
  expect(below[2]).toMatchObject({ startTimeUnixNano: '1001000000000', endTimeUnixNano: '1002000000000' });
  expect(below[3]?.status).toEqual({ code: 2, message: 'not served' });
  const metrics = got.get('/v1/metrics') ?? '';
  for (const name of [
    'headrace.runs',
    'headrace.run.duration',
    'headrace.records.committed',
    'headrace.throttled',
  ])
    expect(metrics).toContain(`"name":"${name}"`);
});

test('a collector that refuses or is not there is told of, and holds nothing up', async () => {
  const { url } = await collector(400);
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url;
  const failures: string[] = [];
  const telemetry = openTelemetry({ traces: true, metrics: false }, (sentence) => failures.push(sentence));
  telemetry.ran(result);
  await telemetry.flush();
  expect(failures.join('\n')).toContain('telemetry: ');
});

test('it is wanted if an endpoint is set, and not switched off', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };
  expect(wantsTelemetry({})).toEqual({ traces: false, metrics: false });
  expect(wantsTelemetry(endpoint)).toEqual({ traces: true, metrics: true });
  expect(wantsTelemetry({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toEqual({
    traces: false,
    metrics: false,
  });
  expect(wantsTelemetry({ ...endpoint, OTEL_METRICS_EXPORTER: 'none' })).toEqual({
    traces: true,
    metrics: false,
  });
  expect(wantsTelemetry({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'x' })).toEqual({
    traces: false,
    metrics: true,
  });
});
