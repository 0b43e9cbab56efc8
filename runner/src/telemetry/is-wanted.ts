/** Whether the usual variables of OpenTelemetry say where to send telemetry. The exporters read the same ones. */
export function wantsTelemetry(env: Readonly<Record<string, string | undefined>>): {
  readonly traces: boolean;
  readonly metrics: boolean;
} {
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  const wants = (signal: 'TRACES' | 'METRICS') =>
    !isOff &&
    env[`OTEL_${signal}_EXPORTER`] !== 'none' &&
    Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
  return { traces: wants('TRACES'), metrics: wants('METRICS') };
}
