import { printable } from '@headrace/sdk/protocol';
import { ConfigErrors, type HeadraceError } from '@headrace/sdk/spec';
import { type Line, paint } from './line.ts';

/** The parts of an error that are shown. */
interface SaidError {
  readonly code: string;
  readonly message: string;
  readonly place?: string;
  readonly hint?: string;
}

/** An error as it is shown to people: `✗ code  place`, the sentence, the hint. */
export function errorLines({ code, message, place, hint }: SaidError, whose = ''): Line[] {
  const lines = [`${whose}✗ ${code}${place ? `  ${printable(place)}` : ''}`, `    ${message}`];
  if (hint) lines.push(`    → ${hint}`);
  return lines.map((line) => paint('red', line));
}

/** Each of several errors that were found together. */
export function eachError(error: HeadraceError): readonly HeadraceError[] {
  return error instanceof ConfigErrors ? error.errors : [error];
}
