import { draw } from '../../http/random.ts';

/** Hexadecimal digits from a seed and two numbers. */
export function hex(digits: number, seed: number, n: number, salt: number): string {
  let text = '';
  for (let part = 0; text.length < digits; part++)
    text += draw(seed, n, salt * 31 + part)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

/** A uuid in braces, as the vendor writes them. */
export function uuid(seed: number, n: number, salt: number): string {
  const all = hex(32, seed, n, salt);
  return `{${all.slice(0, 8)}-${all.slice(8, 12)}-4${all.slice(13, 16)}-a${all.slice(17, 20)}-${all.slice(20)}}`;
}

/** What the numbers of {@link uuid} and other draws belong to. */
export const SALT = {
  person: 101,
  workspace: 102,
  repository: 103,
  project: 104,
  commit: 105,
  pipeline: 106,
  step: 107,
  deployment: 108,
  environment: 109,
  release: 110,
} as const;
