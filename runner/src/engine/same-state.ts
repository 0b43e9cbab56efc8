import { isObject } from '@headrace/sdk/protocol';
/** A state that was sent. */
export interface StateText {
  /** The state's own bytes, in the platform's shape. */
  readonly json: string;
}

/**
 * Finds the state that an echo belongs to, the oldest first. Most destinations send back the same bytes. Others rewrite the
 * JSON: keys in another order, nulls left out, 1.0 as 1. Some read numbers as doubles: their echo of 9007199254740995
 * is …996. It still matches, unless there is a state with exactly this number.
 * @returns its index, or -1
 */
export function findState(states: readonly StateText[], json: string): number {
  const same = states.findIndex((one) => one.json === json);
  if (same !== -1) return same;
  for (const number of [exact, rounded]) {
    const wanted = canonical(json, number);
    const found = states.findIndex((one) => canonical(one.json, number) === wanted);
    if (found !== -1) return found;
  }
  return -1;
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

function canonical(json: string, number: (digits: string) => string): string {
  const reviver: Reviver = (_key, value, { source }) => {
    if (typeof value === 'number' && source !== undefined) return { '': number(source) };
    if (!isObject(value)) return value;
    const members = Object.entries(value).filter(([, item]) => item !== null);
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  // The source text of a number: https://github.com/tc39/proposal-json-parse-with-source
  return JSON.stringify(JSON.parse(json, reviver as Parameters<typeof JSON.parse>[1]));
}

/** A decimal in one canonical form: `1.50`, `15e-1` and `+1.5` are `15e-1`. */
function exact(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}

function rounded(text: string): string {
  return String(Number(text));
}
