import { pino } from 'pino';
import type { LogLevel } from '../protocol/messages.ts';

/** What a connector logs with: a sentence, and facts as members where they help. */
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
 * A pino logger whose lines go to `sink` as level and text; facts follow the sentence as JSON.
 * @param level the least level that is passed on, from LOG_LEVEL: `debug`, `INFO`, …; unknown ones are `info`
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
