import type { LogLevel } from '@headrace/sdk/protocol';
import type { LogEntry } from '../stores/run-logs.ts';
import { type Line, paint } from './line.ts';
import { isShown, logLine, programLine } from './log-lines.ts';
import { duration, firstLine } from './text.ts';

/** A line of a run's log for people; undefined for what is below the level or says nothing to them. */
export function entryLine(entry: LogEntry, least: LogLevel): Line | undefined {
  const text = textOf(entry, least);
  if (text === undefined) return undefined;
  const isBad = entry.type === 'error' || (entry.type === 'log' && isShown(entry.level, 'ERROR'));
  return [paint('dim', `${entry.time} `), isBad ? paint('red', text) : text];
}

function textOf(entry: LogEntry, least: LogLevel): string | undefined {
  if (entry.type === 'log') return isShown(entry.level, least) ? logLine(entry) : undefined;
  if (entry.type === 'error') {
    const { code, place, message, hint, origin } = entry.error;
    return `error ${origin}: ${code}${place ? `  ${place}` : ''}: ${message}${hint ? ` → ${hint}` : ''}`;
  }
  if (!isShown('INFO', least)) return undefined;
  switch (entry.type) {
    case 'run_started':
      return `run ${entry.number} of ${entry.job}: ${entry.source} → ${entry.destination}`;
    case 'program':
      return programLine(entry);
    case 'phase':
      return entry.attempt > 1 ? `${entry.phase}, attempt ${entry.attempt}` : entry.phase;
    case 'retry':
      return `${firstLine(entry.reason)}: attempt ${entry.attempt} of ${entry.of} in ${duration(entry.delayMs)}`;
    case 'draining':
      return `${entry.reason}: the source drains, the destination commits`;
    case 'run_ended':
      return `${entry.result.outcome} in ${duration(entry.result.ended - entry.result.started)}`;
    default:
      return undefined;
  }
}
