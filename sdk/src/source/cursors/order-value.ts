/** The value that things are ordered by. A whole number that a double cannot represent is a bigint. `<` compares both. */
export type Order = number | bigint;

const WHOLE = /^-?\d+$/;

/** A number by its digits; undefined if it is not a number. */
export function orderOfText(text: string): Order | undefined {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return undefined;
  return WHOLE.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

export const larger = (a: Order, b: Order): Order => (b > a ? b : a);
export const smaller = (a: Order, b: Order): Order => (b < a ? b : a);

/** `a - b`. If one of them is a bigint, the result is exact, and the other is rounded down. */
export function minus(a: Order, b: Order): Order {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return exact(whole(a) - whole(b));
}

const whole = (order: Order): bigint => (typeof order === 'bigint' ? order : BigInt(Math.floor(order)));

function exact(order: bigint): Order {
  const number = Number(order);
  return Number.isSafeInteger(number) ? number : order;
}

/** As it is in a state: a number, or the digits of one that a double cannot represent. */
export const orderJson = (order: Order): number | string =>
  typeof order === 'bigint' ? String(order) : order;

/** @returns undefined if it is not a result of `orderJson` */
export function savedOrder(saved: unknown): Order | undefined {
  if (typeof saved === 'number') return saved;
  const order = typeof saved === 'string' && WHOLE.test(saved) ? exact(BigInt(saved)) : undefined;
  return typeof order === 'bigint' ? order : undefined;
}
