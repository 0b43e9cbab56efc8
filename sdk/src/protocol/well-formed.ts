import { isObject } from './is-object.ts';
import type { AirbyteMessage, LogLevel } from './messages.ts';

type Part = Record<string, unknown>;

const LEVELS: Readonly<Record<string, LogLevel>> = {
  FATAL: 'FATAL',
  CRITICAL: 'FATAL',
  ERROR: 'ERROR',
  WARN: 'WARN',
  WARNING: 'WARN',
  INFO: 'INFO',
  DEBUG: 'DEBUG',
  TRACE: 'TRACE',
};
const STATUSES: ReadonlySet<unknown> = new Set(['STARTED', 'RUNNING', 'COMPLETE', 'INCOMPLETE']);

/**
 * Checks that a message has the body that its type promises, so that its consumers can rely on its shape. Harmless
 * deviations are corrected: a log level in lower case, as Python writes it, or missing.
 * @returns the message, or a sentence that says what it lacks
 */
export function wellFormed(message: Part): AirbyteMessage | string {
  switch (message.type) {
    case 'LOG':
      return wellFormedLog(message.log);
    case 'TRACE':
      return traceLacks(message.trace) ?? (message as AirbyteMessage);
    case 'CONTROL':
      return isObject(message.control) &&
        isObject(message.control.connectorConfig) &&
        isObject(message.control.connectorConfig.config)
        ? (message as AirbyteMessage)
        : 'a CONTROL without a config';
    case 'SPEC':
      return isObject(message.spec) && isObject(message.spec.connectionSpecification)
        ? (message as AirbyteMessage)
        : 'a SPEC without its connectionSpecification';
    case 'CONNECTION_STATUS':
      return isObject(message.connectionStatus) && typeof message.connectionStatus.status === 'string'
        ? (message as AirbyteMessage)
        : 'a CONNECTION_STATUS without its status';
    case 'CATALOG':
      return isObject(message.catalog) &&
        Array.isArray(message.catalog.streams) &&
        message.catalog.streams.every((stream) => isObject(stream) && typeof stream.name === 'string')
        ? (message as AirbyteMessage)
        : 'a CATALOG without its streams';
    default:
      // A message type from a newer version of the protocol.
      return message as AirbyteMessage;
  }
}

function wellFormedLog(log: unknown): AirbyteMessage | string {
  if (!isObject(log) || log.message === undefined || log.message === null) return 'a LOG without a message';
  const { level, message, stack_trace } = log;
  return {
    type: 'LOG',
    log: {
      level: LEVELS[typeof level === 'string' ? level.toUpperCase() : ''] ?? 'INFO',
      message: typeof message === 'string' ? message : JSON.stringify(message),
      ...(typeof stack_trace === 'string' ? { stack_trace } : {}),
    },
  };
}

function traceLacks(trace: unknown): string | undefined {
  if (!isObject(trace) || typeof trace.type !== 'string') return 'a TRACE without its trace';
  const { error, stream_status: status, estimate } = trace;
  if (trace.type === 'ERROR') return isObject(error) ? undefined : 'a TRACE ERROR without its error';
  if (trace.type === 'STREAM_STATUS') {
    const isWhole =
      isObject(status) &&
      isObject(status.stream_descriptor) &&
      typeof status.stream_descriptor.name === 'string' &&
      STATUSES.has(status.status);
    return isWhole ? undefined : 'a TRACE STREAM_STATUS without its stream or status';
  }
  if (trace.type === 'ESTIMATE')
    return isObject(estimate) ? undefined : 'a TRACE ESTIMATE without its estimate';
  if (trace.type === 'ANALYTICS')
    return isObject(trace.analytics) ? undefined : 'a TRACE ANALYTICS without its analytics';
  return undefined;
}
