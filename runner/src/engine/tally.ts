import { Buffer } from 'node:buffer';
import {
  behindMark,
  type ForeignLine,
  LONGEST_LINE,
  LongLine,
  MessageReader,
  type OtherLine,
  type StateInput,
  tooLongLine,
  type UnreadableLine,
} from '@headrace/sdk/protocol';

/** A stream's counts in the pipe. */
export interface Counter {
  records: number;
  bytes: number;
}

export interface TallyHandlers {
  /** The counter of a stream, asked once per run of records that look alike. */
  counterOf(stream: string, namespace: string | undefined): Counter;
  /**
   * Called for every message that is not a record, in order.
   * @returns whether it is passed on unchanged, or the line that replaces it
   */
  onMessage(message: OtherLine | StateInput): boolean | Buffer;
  /** A message that cannot be read. It is not passed on. */
  onUnreadable(line: UnreadableLine): void;
  /** A line that is not a message. It is not passed on. */
  onForeign(line: ForeignLine): void;
}

/** Counts records and decides which bytes are passed on. */
export interface Tally {
  /** The complete lines of this chunk that are passed on. Each slice stays valid. */
  take(chunk: Buffer): Buffer[];
  /** Called at the end of the input. Returns the last line if it is complete but has no newline; `cut` if it is incomplete. */
  end(): { readonly rest: Buffer[]; readonly cut: boolean };
}

const NEWLINE = 0x0a;
const CLOSE_BRACE = 0x7d;
const HEAD = Buffer.from('{"type":"RECORD","record":{"stream":');
const HEAD_END = Buffer.from('"emitted_at":');
const LONGEST_HEAD = 2048;
const KNOWN_HEADS = 256;

interface KnownHead {
  readonly bytes: Buffer;
  readonly counter: Counter;
}

/** What is known of a source's output. */
export interface TallyOptions {
  /** The source is made with our SDK, which writes only valid JSON, so records are not parsed. */
  readonly trusted: boolean;
  /** How many bytes of an incomplete line are held (invariant 8). */
  readonly longestLine?: number;
}

/**
 * Counts records (invariant 5), for our own sources at the speed of the pipe. A line of such a source that begins
 * `{"type":"RECORD","record":{"stream":"…"[,"namespace":"…"],"emitted_at":` is counted by comparing its head with the
 * one before. Any other line is read by the MessageReader, because invalid JSON must not pass as a record.
 */
export function createTally(
  handlers: TallyHandlers,
  { trusted, longestLine = LONGEST_LINE }: TallyOptions,
): Tally {
  const reader = new MessageReader();
  const heads: KnownHead[] = [];
  let last: KnownHead | undefined;
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** The line that is too long, while it passes. */
  let tooLong: LongLine | undefined;

  function fast(bytes: Buffer, at: number, end: number): Counter | undefined {
    // A line that was cut in its data does not end with both braces.
    if (bytes[end - 1] !== CLOSE_BRACE || bytes[end - 2] !== CLOSE_BRACE) return undefined;
    if (last && startsWith(bytes, at, end, last.bytes)) return last.counter;
    if (!startsWith(bytes, at, end, HEAD)) return undefined;
    last = heads.find((head) => startsWith(bytes, at, end, head.bytes)) ?? learn(bytes, at, end);
    return last?.counter;
  }

  function learn(bytes: Buffer, at: number, end: number): KnownHead | undefined {
    const from = at + HEAD.length;
    const name = bytes.subarray(from, Math.min(end, from + LONGEST_HEAD));
    const length = name.indexOf(HEAD_END);
    if (length === -1) return undefined;
    const named = parseHead(name.toString('utf8', 0, length));
    if (!named) return undefined;
    const head = {
      bytes: Buffer.from(bytes.subarray(at, from + length + HEAD_END.length)),
      counter: handlers.counterOf(named.stream, named.namespace),
    };
    if (heads.length < KNOWN_HEADS) heads.push(head);
    return head;
  }

  /** Whether the line is passed on unchanged, or what replaces it. */
  function line(bytes: Buffer, at: number, end: number): boolean | Buffer[] {
    const counter = trusted ? fast(bytes, at, end) : undefined;
    if (counter) {
      counter.records++;
      counter.bytes += end - at + 1;
      return true;
    }
    const from = behindMark(bytes, at, end);
    if (from > at) {
      const behind = line(bytes, from, end);
      return behind === true ? [bytes.subarray(from, end), NEWLINE_BYTES] : behind;
    }
    const read = reader.read(bytes, at, end);
    switch (read.kind) {
      case 'record': {
        const slow = handlers.counterOf(read.stream, read.namespace);
        slow.records++;
        slow.bytes += end - at + 1;
        return true;
      }
      case 'state':
      case 'message': {
        const answer = handlers.onMessage(read);
        return typeof answer === 'boolean' ? answer : [answer, NEWLINE_BYTES];
      }
      case 'several':
        return read.parts.flatMap((part) => {
          const answer = line(part, 0, part.length);
          return answer === true ? [part, NEWLINE_BYTES] : answer || [];
        });
      case 'unreadable':
        handlers.onUnreadable(read);
        return false;
      case 'foreign':
        handlers.onForeign(read);
        return false;
      case 'blank':
        return false;
    }
  }

  /** The whole lines of `bytes`, which ends with a newline. */
  function lines(bytes: Buffer, out: Buffer[]): void {
    let keep = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, at);
      const answer = line(bytes, at, end);
      if (answer !== true) {
        if (keep < at) out.push(bytes.subarray(keep, at));
        if (answer) out.push(...answer);
        keep = end + 1;
      }
      at = end + 1;
    }
    if (keep < bytes.length) out.push(bytes.subarray(keep));
  }

  function hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (tooLong) {
      tooLong.add(bytes);
      return;
    }
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes <= longestLine) return;
    tooLong = new LongLine(held);
    held = [];
    heldBytes = 0;
  }

  /** At the end of a line that is too long: reports it with the parts that were kept. */
  function passTooLong(rest: Buffer): void {
    if (!tooLong) return;
    tooLong.add(rest);
    const told = tooLongLine(tooLong.kept(), longestLine);
    tooLong = undefined;
    if (told.kind === 'unreadable') handlers.onUnreadable(told);
    else handlers.onForeign(told);
  }

  function release(rest: Buffer): Buffer {
    const whole = Buffer.concat([...held, rest]);
    held = [];
    heldBytes = 0;
    return whole;
  }

  return {
    take(chunk) {
      const out: Buffer[] = [];
      const stop = chunk.lastIndexOf(NEWLINE) + 1;
      let from = 0;
      if (stop > 0 && (heldBytes > 0 || tooLong)) {
        from = chunk.indexOf(NEWLINE) + 1;
        if (tooLong) passTooLong(chunk.subarray(0, from - 1));
        else lines(release(chunk.subarray(0, from)), out);
      }
      if (from < stop) lines(chunk.subarray(from, stop), out);
      hold(chunk.subarray(stop));
      return out;
    },
    end() {
      if (tooLong) {
        passTooLong(NOTHING);
        return { rest: [], cut: true };
      }
      if (heldBytes === 0) return { rest: [], cut: false };
      const bytes = release(NEWLINE_BYTES);
      const read = reader.read(bytes, 0, bytes.length - 1);
      const out: Buffer[] = [];
      lines(bytes, out);
      return { rest: out, cut: read.kind === 'foreign' || read.kind === 'unreadable' };
    },
  };
}

const NOTHING = Buffer.alloc(0);
const NEWLINE_BYTES = Buffer.from('\n');

function startsWith(bytes: Buffer, at: number, end: number, head: Buffer): boolean {
  const { length } = head;
  return at + length <= end && bytes.compare(head, 0, length, at, at + length) === 0;
}

/** The names in `"issues","namespace":"x",`: what stands between `"stream":` and `"emitted_at":`. */
function parseHead(text: string): { stream: string; namespace: string | undefined } | undefined {
  const match = /^("(?:[^"\\]|\\.)*"),(?:"namespace":("(?:[^"\\]|\\.)*"|null),)?$/.exec(text);
  if (!match) return undefined;
  const stream = JSON.parse(match[1] as string) as string;
  return { stream, namespace: match[2] ? ((JSON.parse(match[2]) as string | null) ?? undefined) : undefined };
}
