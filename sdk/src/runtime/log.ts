import { pino } from 'pino';
import type { LogLevel } from '../protocol/messages.ts';

/** A connector's log. Messages are sentences; facts can be added as members of an object. */
export interface Log {
  debug(message: string, facts?: object): void;
  info(message: string, facts?: object): void;
  warn(message: string, facts?: object): void;
  error(message: string, facts?: object): void;
}

const LEVELS: Record<number, LogLevel> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/**
 * A pino logger that passes each entry to `sink` as level and text. Facts follow the sentence as JSON.
 * @param level the lowest level to log, from LOG_LEVEL: `debug`, `INFO`, …; an unknown level means `info`
 */
export function createLog(level: string | undefined, sink: (level: LogLevel, message: string) => void): Log {
  const wanted = (level ?? 'info').toLowerCase();
  const logger = pino(
    { level: Object.hasOwn(pino.levels.values, wanted) ? wanted : 'info', base: null, timestamp: false },
    {
      write(line: string) {
        const { level: number, msg, ...facts } = JSON.parse(line) as { level: number; msg?: string };
        const tail = Object.keys(facts).length > 0 ? ` ${JSON.stringify(facts)}` : '';
        sink(LEVELS[number] ?? 'INFO', `${msg ?? ''}${tail}`);
      },
    },
  );
  return {
    debug: (message, facts) => logger.debug(facts ?? {}, message),
    info: (message, facts) => logger.info(facts ?? {}, message),
    warn: (message, facts) => logger.warn(facts ?? {}, message),
    error: (message, facts) => logger.error(facts ?? {}, message),
  };
}
