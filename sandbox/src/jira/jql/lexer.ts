import { Refusal } from '../../http/refusal.ts';

/** A JQL query that the vendor answers with a 400. The message goes into `errorMessages`. */
export class JqlError extends Refusal {}

/** A piece of a JQL query. */
export interface Token {
  kind: 'word' | 'text' | 'operator' | 'end';
  value: string;
  /** Position in the query, from 1. */
  at: number;
}

const PIECE = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(>=|<=|!=|[=<>(),])|([^\s"'=<>!(),]+))/y;

/** Splits a query into words, quoted strings and operators. The last token is `end`. */
export function lex(jql: string): Token[] {
  const tokens: Token[] = [];
  PIECE.lastIndex = 0;
  const length = jql.trimEnd().length;
  while (PIECE.lastIndex < length) {
    const from = PIECE.lastIndex;
    const match = PIECE.exec(jql);
    if (!match)
      throw new JqlError(
        `Error in the JQL Query: The character '${jql.slice(from).trim()[0]}' is a reserved JQL character. (line 1, character ${from + 1})`,
      );
    const [piece, double, single, operator, word] = match;
    const at = from + piece.length - piece.trimStart().length + 1;
    const quoted = double ?? single;
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replace(/\\(.)/g, '$1'), at });
    else if (operator !== undefined) tokens.push({ kind: 'operator', value: operator, at });
    else tokens.push({ kind: 'word', value: word!, at });
  }
  tokens.push({ kind: 'end', value: 'end of query', at: length + 1 });
  return tokens;
}
