import { Refusal } from '../../http/refusal.ts';

/** A range on a list: items from `min` (inclusive) to `max` (exclusive). */
export interface Range {
  min: number;
  max: number;
}

/** What a `tree` asks for at one level: the properties by name (or `*`), and which items, if the value is a list. */
export interface Selection {
  children: ReadonlyMap<string, Selection>;
  range: Range | undefined;
}

/** Java's largest int; a larger number in a range is a NumberFormatException, so a 500. */
const LARGEST = 2_147_483_647;

/**
 * Parses a `tree` as Stapler's NamedPathPruner does: names separated by commas, `[…]` for what is inside, `{M,N}`,
 * `{M,}`, `{,N}` or `{N}` for a range. A name given twice counts as given last. Throws a 500 if it is malformed.
 */
export function parseTree(text: string): Selection {
  // Anything between the five special characters is a name, white space included.
  const tokens = text.match(/[,[\]{}]|[^,[\]{}]+/g) ?? [];
  let at = 0;
  const accept = (token: string): boolean => {
    if (tokens[at] !== token) return false;
    at++;
    return true;
  };
  const expect = (token: string): void => {
    if (!accept(token)) throw malformed(`expected ${token} at token ${at}`);
  };
  const number = (): number => {
    const token = tokens[at++];
    if (token === undefined || !/^[0-9]+$/.test(token)) throw malformed(`expected number at token ${at - 1}`);
    const value = Number(token);
    if (value > LARGEST) throw malformed(`For input string: "${token}"`);
    return value;
  };
  const range = (): Range => {
    if (accept(',')) return { min: 0, max: number() };
    const min = number();
    if (tokens[at] === '}') return { min, max: min + 1 };
    expect(',');
    return { min, max: tokens[at] === '}' ? LARGEST : number() };
  };
  const list = (): ReadonlyMap<string, Selection> => {
    const children = new Map<string, Selection>();
    do {
      const name = tokens[at];
      if (name === undefined || /^[,[\]{}]$/.test(name)) throw malformed(`expected name at token ${at}`);
      at++;
      let inside: ReadonlyMap<string, Selection> = new Map();
      if (accept('[')) {
        inside = list();
        expect(']');
      }
      let only: Range | undefined;
      if (accept('{')) {
        only = range();
        expect('}');
      }
      children.set(name, { children: inside, range: only });
    } while (accept(','));
    return children;
  };
  const children = list();
  if (at < tokens.length) throw malformed(`expected EOF at token ${at}`);
  return { children, range: undefined };
}

function malformed(reason: string): Refusal {
  return new Refusal(`java.lang.IllegalArgumentException: ${reason}`, 500);
}
