import { ConfigError } from '../errors.ts';
import { isObject } from '../protocol/is-object.ts';
import { narrow, type Schema } from './narrow.ts';
import { own } from './own.ts';

interface Flaw {
  readonly found: RegExp;
  readonly what: string;
  readonly hint: string;
}

const COPY_AGAIN = 'copy it again from where it was created, without anything around it';

/**
 * Characters that no credential contains and that are often copied along by accident. The first match is reported.
 */
const FLAWS: readonly Flaw[] = [
  {
    found: /[\r\n]$/,
    what: 'ends with a line break',
    hint: 'a file written by `echo` has one: write it with `printf %s`, or pass it as "$(cat file)"',
  },
  { found: /[\r\n]/, what: 'contains a line break', hint: COPY_AGAIN },
  { found: /^[ \t]|[ \t]$/, what: 'begins or ends with a space', hint: COPY_AGAIN },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  { found: /[\u0000-\u001f\u007f-\u009f]/, what: 'contains a control character', hint: COPY_AGAIN },
  {
    found: /(?! )[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}]/u,
    what: 'contains an invisible character',
    hint: COPY_AGAIN,
  },
  {
    found: /^(["'`]).+\1$/,
    what: 'is in quotes',
    hint: 'remove them: `docker --env-file` and secret stores pass them on unchanged',
  },
  { found: /^<.*>$|^\$\{\{.*\}\}$/, what: 'is a placeholder', hint: 'replace it with the value itself' },
  {
    found: /^[*\u00b7\u2022\u25cf]{3,}$/,
    what: 'is what a page shows in its place',
    hint: COPY_AGAIN,
  },
  {
    found: /^(authorization[ \t]*:|(bearer|basic|token|oauth)[ \t]+\S{12,}$)/i,
    what: 'begins with the prefix of a header',
    hint: 'leave out “Authorization:”, “Bearer” and the like: the value alone is needed',
  },
  {
    found: /^(export[ \t]+)?[A-Z][A-Z0-9]*_[A-Z0-9_]*=[^=]/,
    what: 'begins with the name of a variable',
    hint: 'leave out the name and =: the value alone is needed',
  },
  {
    found: /[\u00ab\u00b4\u00bb\u2010-\u2015\u2018-\u201f\u2026\u2032-\u2036\u2039\u203a\u2212]/,
    what: 'contains a typographic quote or dash',
    hint: `a word processor has put it in place of ' " or -: ${COPY_AGAIN}`,
  },
];

/**
 * Finds mistakes in credentials: in every secret of a config, and in the strings next to it in the same object
 * (the e-mail address of a token). Reporting them here, under the name of the option, is clearer than failing on
 * an HTTP header that can't be sent. Values are never quoted (invariant 6). A secret may have several lines if its
 * schema says `multiline`, or if it is PEM or JSON text.
 * @param place names the config in errors: `config`
 * @param written the config before its references were expanded; errors also name the variable
 */
export function credentialFlaws(
  schema: Schema,
  value: unknown,
  place: string,
  written?: unknown,
): ConfigError[] {
  const errors: ConfigError[] = [];
  walk(narrow(schema, value), value, written, place, false);
  return errors;

  function walk(node: Schema, item: unknown, raw: unknown, at: string, isBeside: boolean): void {
    if (typeof item === 'string') {
      if (node.airbyte_secret === true || isBeside) look(node, item, raw, at);
      return;
    }
    if (Array.isArray(item) && node.items)
      for (const [k, one] of item.entries())
        walk(node.items, one, Array.isArray(raw) ? raw[k] : undefined, `${at}[${k}]`, false);
    if (!isObject(item)) return;
    const properties = Object.entries(node.properties ?? {});
    const hasSecret = at !== place && properties.some(([, sub]) => sub.airbyte_secret === true);
    for (const [key, sub] of properties)
      walk(sub, own(item, key), isObject(raw) ? own(raw, key) : undefined, `${at}.${key}`, hasSecret);
  }

  function look(node: Schema, text: string, raw: unknown, at: string): void {
    const flaw = FLAWS.find(({ found }) => found.test(text));
    if (!flaw || mayHaveLines(node, text)) return;
    const [found] = flaw.found.exec(text)!;
    const letter = found.codePointAt(0)!;
    // Naming a single bad character helps. Naming several would reveal part of the value.
    const isTold = letter > 0x20 && found.length === 1;
    const code = isTold ? ` (U+${letter.toString(16).toUpperCase().padStart(4, '0')})` : '';
    errors.push(
      new ConfigError(`${subjectOf(raw)} ${flaw.what}${code}`, {
        code: 'config.bad_character',
        place: at,
        hint: flaw.hint,
      }),
    );
  }
}

function mayHaveLines({ multiline }: Schema, text: string): boolean {
  return multiline === true || /^\s*(\{|-----BEGIN )/.test(text);
}

function subjectOf(raw: unknown): string {
  const name = typeof raw === 'string' ? /^\$\{([A-Za-z_]\w*)\}$/.exec(raw)?.[1] : undefined;
  return name === undefined ? 'the value' : `the environment variable ${name}`;
}
