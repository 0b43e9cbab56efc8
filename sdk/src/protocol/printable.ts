/**
 * What a terminal obeys or does not show: C0 and C1 controls, line separators, marks that turn the direction of text or
 * are invisible, lone surrogates. Joiners and variation selectors stay: letters and emoji are made of them.
 */
const UNPRINTABLE =
  /(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/**
 * Commands that CI systems take from anywhere in a line: Azure's and GitHub's `##vso[` and `##[`, TeamCity's
 * `##teamcity[`, the sections of GitLab and the folds of Travis.
 */
const COMMANDS = /##(?=[\w-]*\[)|\b(?:section_(?:start|end)|travis_(?:fold|time)):/g;
/** GitHub takes `::command::` where a line begins, white space aside. */
const AT_BEGINNING = /^(\s*)::/;

/**
 * A text of strangers (a connector, a vendor, the name of a stream) as it may be shown to people: nothing in it moves
 * the cursor, changes colours, makes a link, forges a line, turns text around or is a command to a CI system. What
 * cannot be shown is written as in a string of JavaScript: `\x1b`, `\u202e`. Scrub secrets before, cut after.
 *
 * For HTML this is the first step; the second is to write `&`, `<`, `>`, `"` and `'` as entities, in texts and in quoted
 * attributes. No text of strangers belongs into a script, a style or an address.
 * @param continuation what each line of the text but its first begins with, so that none can be taken for one of ours;
 *   without it the text stays on one line, and a line break in it is `\n`
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
 * A value as JSON on one line that may be shown to people: the same value to a parser, and as harmless as `printable`.
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
