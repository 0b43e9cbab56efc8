/**
 * Characters that a terminal interprets or does not show: C0 and C1 controls, line separators, invisible and
 * bidirectional marks, lone surrogates. Joiners and variation selectors are kept, because letters and emoji need
 * them.
 */
const UNPRINTABLE =
  /(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/**
 * Commands that CI systems accept anywhere in a line: Azure's and GitHub's `##vso[` and `##[`, TeamCity's
 * `##teamcity[`, and the sections and folds of GitLab and Travis.
 */
const COMMANDS = /##(?=[\w-]*\[)|\b(?:section_(?:start|end)|travis_(?:fold|time)):/g;
/** GitHub accepts `::command::` at the beginning of a line, after optional white space. */
const AT_BEGINNING = /^(\s*)::/;

/**
 * Makes untrusted text (from a connector, a vendor, a stream's name) safe to show to people. Nothing in the result
 * moves the cursor, changes colours, makes a link, forges a line, reverses text or is a command for a CI system.
 * Characters that cannot be shown are escaped as in a JavaScript string: `\x1b`, `\u202e`. Scrub secrets before
 * calling this; cut the text after.
 *
 * For HTML this is only the first step. The second is to write `&`, `<`, `>`, `"` and `'` as entities, in text and
 * in quoted attributes. Never put untrusted text into a script, a style or a URL.
 * @param continuation prefix for each line after the first, so that it cannot be mistaken for a line of ours.
 *   Without it the result is a single line, and a line break is shown as `\n`
 */
export function printable(text: string, continuation?: string): string {
  if (continuation === undefined) return printableLine(text);
  const lines = text.split(/\r\n|\r|\n/).map(printableLine);
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines.join(`\n${continuation}`);
}

function printableLine(line: string): string {
  return line
    .replaceAll('\t', '  ')
    .replace(UNPRINTABLE, escaped)
    .replace(COMMANDS, (command) => (command === '##' ? '# #' : `${command.slice(0, -1)} :`))
    .replace(AT_BEGINNING, '$1: :');
}

/**
 * A value as JSON on one line that is safe to show to people: the same value to a parser, and as harmless as
 * `printable`.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(UNPRINTABLE, inJson)
    .replace(COMMANDS, (command) => `${command.slice(0, -1)}${inJson(command.slice(-1))}`);
}

function escaped(letter: string): string {
  if (letter === '\n') return '\\n';
  const code = letter.codePointAt(0) as number;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`;
}

function inJson(letter: string): string {
  return Array.from({ length: letter.length }, (_, k) => `\\u${hex(letter.charCodeAt(k), 4)}`).join('');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
