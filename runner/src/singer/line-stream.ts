import { Buffer } from 'node:buffer';
import { Transform } from 'node:stream';

const NEWLINE = 0x0a;
const LINE_BREAK = Buffer.from('\n');

/** How lines of one protocol become lines of another one. */
interface Translate {
  begin?(): readonly Buffer[];
  line(bytes: Buffer): readonly Buffer[];
  /** Called at the end of the input; the stream ends when it resolves. */
  end?(): Promise<readonly Buffer[]>;
}

/** A stream of bytes that translates lines. A last line without a newline is translated too. */
export function lineStream({ begin, line, end }: Translate): Transform {
  let held: Buffer[] = [];
  let hasBegun = false;
  const joined = (lines: readonly Buffer[]): Buffer =>
    Buffer.concat(lines.flatMap((one) => [one, LINE_BREAK]));
  const first = (): readonly Buffer[] => {
    if (hasBegun) return [];
    hasBegun = true;
    return begin?.() ?? [];
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const out: Buffer[] = [...first()];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        const part = chunk.subarray(from, at);
        const whole = held.length === 0 ? part : Buffer.concat([...held, part]);
        held = [];
        out.push(...line(whole));
        from = at + 1;
      }
      if (from < chunk.length) held.push(Buffer.from(chunk.subarray(from)));
      done(null, out.length === 0 ? undefined : joined(out));
    },
    flush(done) {
      const rest = held.length === 0 ? [] : line(Buffer.concat(held));
      const out = [...first(), ...rest];
      void (end?.() ?? Promise.resolve([])).then((last) => {
        const all = [...out, ...last];
        done(null, all.length === 0 ? undefined : joined(all));
      }, done);
    },
  });
}
