import { streamKey } from '@headrace/sdk/protocol';
import type { Clock } from '../engine/clock.ts';
import type { RunEvent, StreamProgress } from '../engine/events.ts';
import { type Line, type Painted, paint } from './line.ts';
import { isShown, logLine, programLine } from './log-lines.ts';
import type { Output } from './output.ts';
import { count, duration, firstLine, megabytes, streamName } from './text.ts';

/** Listens to a run and shows its progress. `end` removes what is only useful during the run. */
export interface ProgressView {
  onEvent(event: RunEvent): void;
  end(): void;
}

const TICK_MS = 500;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const MOST_LINES = 24;

interface Shown {
  title: string;
  phase: string;
  started: number;
  streams: readonly StreamProgress[];
  /** Records per second, per stream, smoothed. */
  rates: Map<string, { records: number; at: number; rate: number }>;
}

/** A block on stderr with one line per stream, redrawn in place. */
export function liveProgress(output: Output, clock: Clock): ProgressView {
  const shown: Shown = { title: '', phase: 'starting', started: clock.now(), streams: [], rates: new Map() };
  const over = new AbortController();
  let turn = 0;
  const draw = () => output.draw(block(shown, clock.now(), turn));
  void (async () => {
    while (await clock.sleep(TICK_MS, over.signal)) {
      turn++;
      draw();
    }
  })();

  return {
    onEvent(event) {
      if (event.type === 'progress') take(shown, event.streams, event.at);
      else if (event.type === 'log') {
        if (isShown(event.level, output.logLevel)) output.note(logLine(event));
      } else if (event.type === 'program') output.note(paint('dim', programLine(event)));
      else {
        const text = announce(shown, event);
        if (text) output.note(paint('yellow', text));
        draw();
      }
    },
    end() {
      over.abort();
      output.draw([]);
    },
  };
}

/** Updates what is shown with an event. Returns a text for a line that stays. */
function announce(shown: Shown, event: RunEvent): string | undefined {
  switch (event.type) {
    case 'run_started':
      shown.title = `${event.tenant} › ${event.job} #${event.number}  ${event.source} → ${event.destination}`;
      shown.started = event.at;
      return undefined;
    case 'phase':
      shown.phase = event.attempt > 1 ? `${event.phase}, attempt ${event.attempt}` : event.phase;
      return undefined;
    case 'streams':
      shown.streams = event.streams.map(({ name, namespace }) => ({
        name,
        namespace: namespace ?? undefined,
        status: 'WAITING',
        records: 0,
        bytes: 0,
        committed: 0,
        rejected: 0,
        states: 0,
        waitedMs: 0,
      }));
      return undefined;
    case 'retry':
      shown.phase = 'waiting';
      return `${firstLine(event.reason)}: attempt ${event.attempt} of ${event.of} in ${duration(event.delayMs)}`;
    case 'draining':
      shown.phase = 'draining';
      return `${event.reason}: the source drains, the destination commits`;
    default:
      return undefined;
  }
}

function take(shown: Shown, streams: readonly StreamProgress[], at: number): void {
  shown.streams = streams;
  for (const stream of streams) {
    const name = streamKey(stream);
    const before = shown.rates.get(name);
    if (!before || stream.records < before.records)
      shown.rates.set(name, { records: stream.records, at, rate: 0 });
    else if (at - before.at >= 1000) {
      const now = ((stream.records - before.records) * 1000) / (at - before.at);
      shown.rates.set(name, {
        records: stream.records,
        at,
        rate: before.rate === 0 ? now : before.rate * 0.6 + now * 0.4,
      });
    }
  }
}

function block(shown: Shown, now: number, turn: number): Line[] {
  const spinner = SPINNER[turn % SPINNER.length] as string;
  const head = `${shown.title}  ${shown.phase}  ${duration(now - shown.started)}`;
  // Active streams come first. If there are more streams than lines, finished and waiting ones are summed up.
  const rank = (stream: StreamProgress) =>
    stream.status === 'WAITING' ? 2 : stream.status === 'COMPLETE' || stream.status === 'INCOMPLETE' ? 1 : 0;
  const all =
    shown.streams.length > MOST_LINES ? [...shown.streams].sort((a, b) => rank(a) - rank(b)) : shown.streams;
  const visible = all.slice(0, MOST_LINES);
  const width = Math.max(0, ...visible.map((stream) => streamName(stream).length));
  const lines = visible.map((stream) => streamLine(stream, shown, now, spinner, width));
  if (all.length > visible.length) lines.push(paint('dim', `    and ${all.length - visible.length} more`));
  return [paint('bold', head), ...lines];
}

function streamLine(stream: StreamProgress, shown: Shown, now: number, spinner: string, width: number): Line {
  const name = streamName(stream).padEnd(width);
  if (stream.status === 'WAITING') return paint('dim', `  · ${name}`);
  const ended = stream.status === 'COMPLETE' || stream.status === 'INCOMPLETE';
  const rate = shown.rates.get(streamKey(stream))?.rate ?? 0;
  const expected = stream.estimate !== undefined && !ended ? ` of about ${count(stream.estimate)}` : '';
  const parts = [
    `${count(stream.records).padStart(11)} records${expected}`,
    megabytes(stream.bytes).padStart(10),
  ];
  if (!ended && rate > 0) parts.push(`${count(Math.round(rate))}/s`);
  parts.push(
    ended && stream.committed === stream.records ? 'committed' : `${count(stream.committed)} committed`,
  );
  if (stream.rejected > 0) parts.push(`${count(stream.rejected)} quarantined`);
  if (!ended && stream.rateLimitedUntil !== undefined)
    parts.push(`throttled by the vendor, ${duration(stream.rateLimitedUntil - now)}`);
  return ['  ', markOf(stream, spinner), ` ${name} ${parts.join('  ')}`];
}

function markOf({ status }: StreamProgress, spinner: string): string | Painted {
  if (status === 'COMPLETE') return paint('green', '✓');
  return status === 'INCOMPLETE' ? paint('red', '✗') : spinner;
}
