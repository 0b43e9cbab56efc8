import { type LogLevel, streamKey } from '@headrace/sdk/protocol';
import type { Clock } from '../engine/clock.ts';
import type { RunEvent, StreamProgress } from '../engine/events.ts';
import type { Output } from './output.ts';
import type { ProgressView } from './progress.ts';
import { count, duration, firstLine, megabytes, streamName } from './text.ts';

const LEVELS: readonly LogLevel[] = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];

/** Whether a message of `level` is shown if `least` is the lowest level to show. */
export function isShown(level: LogLevel, least: LogLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(least);
}

export function logLine(event: RunEvent & { type: 'log' }): string {
  return `${event.level.toLowerCase().padEnd(5)} ${event.origin}: ${event.message}`;
}

/** Which program is started for an end. */
export function programLine({ origin, name, program }: RunEvent & { type: 'program' }): string {
  return `${origin} ${name} is ${program}`;
}

/** For verbs that do not run a job: shows logs, and each program once. */
export function showBeside(output: Output): (event: RunEvent) => void {
  const programs = new Set<string>();
  return (event) => {
    if (event.type === 'log' && isShown(event.level, output.logLevel)) output.note(logLine(event));
    if (event.type !== 'program' || output.quiet) return;
    const text = programLine(event);
    if (!programs.has(text)) output.note(text);
    programs.add(text);
  };
}

const EVERY_MS = 10_000;
/** With more streams, only incomplete ones are shown one by one. */
const MOST_LINES = 100;

/** One line per event, for pipes, CI and logs. */
export function lineProgress(output: Output, clock: Clock): ProgressView {
  let job = '';
  let shown = clock.now();
  const said = new Map<string, string>();
  const line = (text: string) => output.note(`${job}: ${text}`);
  return {
    onEvent(event) {
      if (event.type === 'run_started') job = `${event.tenant}/${event.job}`;
      if (event.type === 'log') {
        if (isShown(event.level, output.logLevel)) line(logLine(event));
        return;
      }
      if (output.quiet) return;
      if (event.type === 'run_started') line(`run ${event.number}, ${event.source} → ${event.destination}`);
      else if (event.type === 'program') line(programLine(event));
      else if (event.type === 'phase' && event.phase === 'sync')
        line(event.attempt > 1 ? `reading, attempt ${event.attempt}` : 'reading');
      else if (event.type === 'retry')
        line(
          `${firstLine(event.reason)}: attempt ${event.attempt} of ${event.of} in ${duration(event.delayMs)}`,
        );
      else if (event.type === 'draining') line(`${event.reason}: the source drains, the destination commits`);
      else if (event.type === 'progress') {
        const due = event.at - shown >= EVERY_MS;
        if (due) shown = event.at;
        const isLong = event.streams.length > MOST_LINES;
        if (isLong && due) line(summaryLine(event.streams));
        for (const stream of event.streams) {
          if (isLong && stream.status !== 'INCOMPLETE') continue;
          const name = streamKey(stream);
          const changed =
            said.get(name) !== stream.status && stream.status !== 'WAITING' && stream.status !== 'RUNNING';
          if (changed || (due && stream.status === 'RUNNING')) line(progressLine(stream));
          said.set(name, stream.status);
        }
      }
    },
    end() {},
  };
}

function summaryLine(streams: readonly StreamProgress[]): string {
  const sum = (of: (stream: StreamProgress) => number) =>
    count(streams.reduce((total, one) => total + of(one), 0));
  const complete = sum(({ status }) => (status === 'COMPLETE' ? 1 : 0));
  return `${complete} of ${count(streams.length)} streams complete, ${sum((one) => one.records)} records, ${sum((one) => one.committed)} committed`;
}

function progressLine(stream: StreamProgress): string {
  const status = stream.status === 'RUNNING' ? '' : `${stream.status.toLowerCase()}, `;
  return `${streamName(stream)}: ${status}${count(stream.records)} records, ${megabytes(stream.bytes)}, ${count(stream.committed)} committed`;
}
