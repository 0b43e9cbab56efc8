import { type Command, InvalidArgumentError } from 'commander';
import type { Answer, Context } from '../verbs/context.ts';

/** Turns a verb into a command's action: gives it its surroundings, prints its errors and envelope, keeps its exit code. */
export type Act = (name: string, verb: (context: Context) => Promise<Answer>) => () => Promise<void>;

/** Adds some commands to the program. */
export type AddCommands = (program: Command, act: Act) => void;

/** `--streams issues,projects` */
export function list(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('names no stream');
  return names;
}

/** A whole number from 1 to `most`. */
export function upTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new InvalidArgumentError(`it must be a whole number from 1 to ${most}.`);
    return value;
  };
}
