import { Refusal } from '../../http/refusal.ts';

/** A value in a query: a quoted text, or a bare word such as `true`, `null`, a number or a date. */
export interface Literal {
  text: string;
  quoted: boolean;
}

export type Operator = '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=';

/** A parsed `q`. */
export type Expression =
  | { kind: 'and' | 'or'; parts: Expression[] }
  | { kind: 'compare'; field: string; operator: Operator; value: Literal }
  | { kind: 'in'; field: string; negated: boolean; values: Literal[] };

interface Token {
  kind: 'word' | 'text' | 'sign';
  value: string;
}

const PIECE = /\s*(?:"((?:[^"\\]|\\.)*)"|(>=|<=|!=|!~|[=<>~(),])|([^\s"=<>!~(),]+))/y;

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  const length = query.trimEnd().length;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < length) {
    const found = PIECE.exec(query);
    if (!found) throw invalid(query);
    const [, text, sign, word] = found;
    if (text !== undefined) tokens.push({ kind: 'text', value: text.replace(/\\(.)/g, '$1') });
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
    else tokens.push({ kind: 'word', value: word! });
  }
  return tokens;
}

function invalid(query: string): Refusal {
  return new Refusal(`Invalid query: ${query}`);
}

const OPERATORS: readonly string[] = ['=', '!=', '~', '!~', '>', '>=', '<', '<='];

/**
 * Parses the vendor's filter language: comparisons, `IN (…)`, `NOT IN (…)`, AND before OR, parentheses. Anything else is
 * a 400.
 */
export function parseQuery(query: string): Expression {
  const tokens = tokensOf(query);
  let next = 0;
  const take = (): Token => {
    const token = tokens[next++];
    if (!token) throw invalid(query);
    return token;
  };
  const takeIf = (kind: Token['kind'], value: string): boolean => {
    const token = tokens[next];
    if (token?.kind !== kind || token.value.toUpperCase() !== value) return false;
    next++;
    return true;
  };
  const need = (isThere: boolean): void => {
    if (!isThere) throw invalid(query);
  };

  function literal(): Literal {
    const { kind, value } = take();
    need(kind !== 'sign');
    return { text: value, quoted: kind === 'text' };
  }

  function list(): Literal[] {
    need(takeIf('sign', '('));
    const values = [literal()];
    while (takeIf('sign', ',')) values.push(literal());
    need(takeIf('sign', ')'));
    return values;
  }

  function term(): Expression {
    if (takeIf('sign', '(')) {
      const inner = either();
      need(takeIf('sign', ')'));
      return inner;
    }
    const { kind, value: field } = take();
    need(kind === 'word');
    if (takeIf('word', 'IN')) return { kind: 'in', field, negated: false, values: list() };
    if (takeIf('word', 'NOT')) {
      need(takeIf('word', 'IN'));
      return { kind: 'in', field, negated: true, values: list() };
    }
    const { kind: sign, value: operator } = take();
    need(sign === 'sign' && OPERATORS.includes(operator));
    return { kind: 'compare', field, operator: operator as Operator, value: literal() };
  }

  function joined(kind: 'and' | 'or', part: () => Expression): Expression {
    const parts = [part()];
    while (takeIf('word', kind.toUpperCase())) parts.push(part());
    return parts.length === 1 ? parts[0]! : { kind, parts };
  }
  const every = (): Expression => joined('and', term);
  const either = (): Expression => joined('or', every);

  const whole = either();
  need(next === tokens.length);
  return whole;
}
