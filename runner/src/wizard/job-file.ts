import { isObject, type JsonObject } from '@headrace/sdk/protocol';
import { Document, isMap, isScalar, type Pair, visit } from 'yaml';

/** What the wizard found out. */
export interface NewJob {
  readonly tenant: string;
  readonly name: string;
  readonly source: {
    readonly connector: string;
    readonly config: JsonObject;
    readonly streams?: readonly string[];
  };
  readonly destination: { readonly connector: string; readonly config: JsonObject };
}

const HEAD = ` What to run: \`headrace run\`. Every key: specs/jobs.schema.json of the project, and its README.
 Strings may hold \${ENV} (from the environment or .env beside this file), \${tenant} and
 \${secret:name.key} (from secrets/<tenant>/name.json); $$ is a dollar.`;

/** A jobs file with one job. The options have the descriptions of their specs as comments. */
export function jobsFileText(
  { tenant, name, source, destination }: NewJob,
  schemas: { readonly source: JsonObject; readonly destination: JsonObject },
): string {
  const document = new Document({
    tenant,
    defaults: { retries: 3, destination },
    jobs: { [name]: { source, schedule: '0 2 * * *', timezone: 'UTC' } },
  });
  document.commentBefore = HEAD;
  describe(document, ['defaults', 'destination', 'config'], schemas.destination);
  describe(document, ['jobs', name, 'source', 'config'], schemas.source);
  visit(document, {
    Pair(_, pair: Pair) {
      if (isScalar(pair.key) && pair.key.value === 'schedule' && isScalar(pair.value))
        pair.value.comment = ' every night at two, once `headrace serve` runs';
    },
  });
  return document.toString({ lineWidth: 120 });
}

/** Puts what each option is behind its value. */
function describe(document: Document, path: readonly string[], schema: unknown): void {
  const node = document.getIn(path);
  if (!isMap(node) || !isObject(schema)) return;
  const variants = Array.isArray(schema.oneOf) ? schema.oneOf.filter(isObject) : [];
  for (const pair of node.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const option = [schema, ...variants]
      .map(({ properties }) => (isObject(properties) ? properties[name] : undefined))
      .find(isObject);
    if (!option) continue;
    if (isMap(pair.value)) describe(document, [...path, name], option);
    else if (isScalar(pair.value) && typeof option.description === 'string')
      pair.value.comment = ` ${option.description.replace(/<[^>]+>/g, '').split('\n', 1)[0]}`;
  }
}

/** Lines for `.env`. A value that needs quotes gets those that it does not contain. */
export function envLines(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name}=${envValue(value)}\n`)
    .join('');
}

function envValue(value: string): string {
  if (/^[^\s#'"`\\]+$/.test(value)) return value;
  const quote = ["'", '`', '"'].find((one) => !value.includes(one));
  // Only a value with all three kinds of quotes cannot be quoted; it is read to the end of its line as it is.
  return quote === undefined ? value : `${quote}${value}${quote}`;
}
