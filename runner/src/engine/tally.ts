import { Buffer } from 'node:buffer';
import { type AirbyteMessage, MessageReader } from '@headrace/sdk/protocol';
import { DataError } from '@headrace/sdk/spec';

/** A stream's numbers on the way through the pipe. */
export interface Counter {
  records: number;
  bytes: number;
}

export interface TallyHandlers {
  /** The counter of a stream, asked once per run of records that look alike. */
  counterOf(stream: string, namespace: string | undefined): Counter;
  /** Every message that is no record, in its place among the records. Returns whether it is passed on. */
  onMessage(message: AirbyteMessage, line: Buffer): boolean;
  /** A line that is no message; it is not passed on. */
  onForeign(line: Buffer, reason: string): void;
}

/** Counts what passes and says which bytes pass on. */
export interface Tally {
  /** The whole lines of this chunk that go on, as they are. Each slice is valid for as long as it is kept. */
  take(chunk: Buffer): Buffer[];
  /** The input has ended: the last line where it is whole but has no newline. `cut` where it is not whole. */
  end(): { readonly rest: Buffer[]; readonly cut: boolean };
}

const NEWLINE = 0x0a;
const CLOSE_BRACE = 0x7d;
const HEAD = Buffer.from('{"type":"RECORD","record":{"stream":');
const HEAD_END = Buffer.from('"emitted_at":');
const LONGEST_HEAD = 2048;
const KNOWN_HEADS = 256;

/** A line may be so long; what is held of a line in the making is bounded by it (invariant 8). */
const LONGEST_LINE = 64 * 1024 * 1024;

interface KnownHead {
  readonly bytes: Buffer;
  readonly counter: Counter;
}

/**
 * Counts records at the speed of the pipe (invariant 5). A line that begins as our sources write records,
 * `{"type":"RECORD","record":{"stream":"…"[,"namespace":"…"],"emitted_at":`, is counted by comparing its
 * head with the one before; a line of any other shape is read by the MessageReader, whole.
 */
export function createTally(handlers: TallyHandlers, longestLine = LONGEST_LINE): Tally {
  const reader = new MessageReader();
  const heads: KnownHead[] = [];
  let last: KnownHead | undefined;
  let held: Buffer[] = [];
  let heldBytes = 0;

  function fast(bytes: Buffer, at: number, end: number): Counter | undefined {
    // A line that was cut in its data does not close record and message.
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

  /** Whether the line goes on. */
  function line(bytes: Buffer, at: number, end: number): boolean {
    const counter = fast(bytes, at, end);
    if (counter) {
      counter.records++;
      counter.bytes += end - at + 1;
      return true;
    }
    const read = reader.read(bytes, at, end);
    if (read.kind === 'message') return handlers.onMessage(read.message, read.line);
    if (read.kind === 'record') {
      const slow = handlers.counterOf(read.stream, read.namespace);
      slow.records++;
      slow.bytes += end - at + 1;
      return true;
    }
    if (read.kind === 'foreign') handlers.onForeign(read.line, read.reason);
    return false;
  }

  /** The whole lines of `bytes`, which ends with a newline. */
  function lines(bytes: Buffer, out: Buffer[]): void {
    let keep = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, at);
      if (!line(bytes, at, end)) {
        if (keep < at) out.push(bytes.subarray(keep, at));
        keep = end + 1;
      }
      at = end + 1;
    }
    if (keep < bytes.length) out.push(bytes.subarray(keep));
  }

  function hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes <= longestLine) return;
    throw new DataError(`a line of the source is longer than ${longestLine >> 20} MiB`, {
      code: 'pipe.line_too_long',
    });
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
      if (stop > 0 && heldBytes > 0) {
        from = chunk.indexOf(NEWLINE) + 1;
        lines(release(chunk.subarray(0, from)), out);
      }
      if (from < stop) lines(chunk.subarray(from, stop), out);
      hold(chunk.subarray(stop));
      return out;
    },
    end() {
      if (heldBytes === 0) return { rest: [], cut: false };
      const bytes = release(NEWLINE_BYTES);
      const read = reader.read(bytes, 0, bytes.length - 1);
      if (read.kind !== 'record' && read.kind !== 'message')
        return { rest: [], cut: read.kind === 'foreign' };
      const out: Buffer[] = [];
      lines(bytes, out);
      return { rest: out, cut: false };
    },
  };
}

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
