import { JqlError, lex, type Token } from './lexer.ts';

/** The part of JQL that connectors use. Values are kept as text until the query is compiled. */
export type Clause =
  | { kind: 'and'; clauses: Clause[] }
  | { kind: 'or'; clauses: Clause[] }
  | { kind: 'not'; clause: Clause }
  | { kind: 'compare'; field: string; operator: string; value: string }
  | { kind: 'in'; field: string; negated: boolean; values: string[] };

/** One field of ORDER BY. */
export interface Ordering {
  field: string;
  descending: boolean;
}

/** A parsed query. Without `where` it is what the vendor calls unbounded. */
export interface ParsedJql {
  where: Clause | undefined;
  orderBy: Ordering[];
}

const OPERATORS = new Set(['=', '!=', '<', '>', '<=', '>=']);

/** Parses a query. Throws {@link JqlError} with a message like the vendor's. */
export function parseJql(jql: string): ParsedJql {
  const tokens = lex(jql);
  let next = 0;
  const peek = (): Token => tokens[next]!;
  const take = (): Token => tokens[next++]!;
  const isWord = (word: string): boolean => peek().kind === 'word' && peek().value.toLowerCase() === word;
  const takeWord = (word: string): boolean => isWord(word) && take() !== undefined;
  const takeOperator = (value: string): boolean =>
    peek().kind === 'operator' && peek().value === value && take() !== undefined;
  const fail = (expected: string): never => {
    const { value, at } = peek();
    throw new JqlError(
      `Error in the JQL Query: Expecting ${expected} but got '${value}'. (line 1, character ${at})`,
    );
  };

  function value(): string {
    const { kind } = peek();
    if (kind !== 'word' && kind !== 'text') fail('either a value, list or function');
    return take().value;
  }

  function list(): string[] {
    if (!takeOperator('(')) fail("'('");
    const values = [value()];
    while (takeOperator(',')) values.push(value());
    if (!takeOperator(')')) fail("')'");
    return values;
  }

  function term(): Clause {
    if (takeWord('not')) return { kind: 'not', clause: term() };
    if (takeOperator('(')) {
      const inner = either();
      if (!takeOperator(')')) fail("')'");
      return inner;
    }
    const { kind } = peek();
    if (kind !== 'word' && kind !== 'text') fail('a field name');
    const field = take().value.toLowerCase();
    if (takeWord('in')) return { kind: 'in', field, negated: false, values: list() };
    if (isWord('not')) {
      take();
      if (!takeWord('in')) fail("'IN'");
      return { kind: 'in', field, negated: true, values: list() };
    }
    if (peek().kind !== 'operator' || !OPERATORS.has(peek().value))
      fail("operator (the valid operators are '=', '!=', '<', '>', '<=', '>=', 'in', 'not in')");
    return { kind: 'compare', field, operator: take().value, value: value() };
  }

  function joined(kind: 'and' | 'or', part: () => Clause): Clause {
    const clauses = [part()];
    while (takeWord(kind)) clauses.push(part());
    return clauses.length === 1 ? clauses[0]! : { kind, clauses };
  }
  const every = (): Clause => joined('and', term);
  const either = (): Clause => joined('or', every);

  function orderings(): Ordering[] {
    const orderBy: Ordering[] = [];
    do {
      const field = value().toLowerCase();
      const descending = takeWord('desc');
      if (!descending) takeWord('asc');
      orderBy.push({ field, descending });
    } while (takeOperator(','));
    return orderBy;
  }

  const where = peek().kind === 'end' || isWord('order') ? undefined : either();
  let orderBy: Ordering[] = [];
  if (takeWord('order')) {
    if (!takeWord('by')) fail("'by'");
    orderBy = orderings();
  }
  if (peek().kind !== 'end') fail("'AND', 'OR' or 'ORDER BY'");
  return { where, orderBy };
}
