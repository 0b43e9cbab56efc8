import { describe, expect, test } from 'vitest';
import { printable, printableJson } from './printable.ts';

const ESC = '\u001b';
/** Must not be left anywhere in the result. */
const LEFT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|##\w*\[|^\s*::|section_start:\d/;

const HOSTILE: Array<[string, string]> = [
  [`${ESC}[2J${ESC}[Hgone`, '\\x1b[2J\\x1b[Hgone'],
  [`${ESC}]8;;http://evil\u0007here${ESC}]8;;${ESC}\\`, '\\x1b]8;;http://evil\\x07here\\x1b]8;;\\x1b\\'],
  [`${ESC}]52;c;cm0gLXJm\u0007`, '\\x1b]52;c;cm0gLXJm\\x07'],
  ['\u009b31mred\u009c', '\\x9b31mred\\x9c'],
  ['a\u0000b\u0008c\u007f', 'a\\x00b\\x08c\\x7f'],
  ['user\u202egpj.exe', 'user\\u202egpj.exe'],
  ['\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
  ['no\u200bth\u2060ing\ufeff', 'no\\u200bth\\u2060ing\\ufeff'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
  ['cut \ud83d', 'cut \\ud83d'],
  ['one\u2028two\u2029three\u0085four', 'one\\u2028two\\u2029three\\x85four'],
  ['one\ntwo\rthree', 'one\\ntwo\\x0dthree'],
  ['::set-output name=x::y', ': :set-output name=x::y'],
  [' \t ::error::y', '    : :error::y'],
  ['all good ##vso[task.setvariable variable=x]y', 'all good # #vso[task.setvariable variable=x]y'],
  ['##[group]a', '# #[group]a'],
  ["##teamcity[buildStatus status='SUCCESS']", "# #teamcity[buildStatus status='SUCCESS']"],
  [`section_start:1560896352:x\r${ESC}[0K`, 'section_start :1560896352:x\\x0d\\x1b[0K'],
  ['travis_fold:start:x', 'travis_fold :start:x'],
];

describe('a text of strangers', () => {
  test.each(HOSTILE)('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(text)).not.toMatch(LEFT);
    expect(printable(shown)).toBe(shown);
    const json = printableJson({ text, [text]: 1 });
    expect(JSON.parse(json)).toEqual({ text, [text]: 1 });
    expect(json).not.toMatch(LEFT);
  });

  test('what people write stays', () => {
    for (const text of [
      'Größe ñ 中文 العربية עברית हिन्दी',
      '👩‍💻 ✔️ می‌خواهم',
      'a :: b',
      '# ## [x]',
      'C:\\x1b',
    ])
      expect(printable(text)).toBe(text);
  });

  test('lines stay lines, and none but the first begins where ours begin', () => {
    const text = 'bad\r\n✓ acme › jira #1 complete\n::error::x\r\n\tat main.js\n\n';
    expect(printable(text, '  │ ')).toBe(
      'bad\n  │ ✓ acme › jira #1 complete\n  │ : :error::x\n  │   at main.js',
    );
  });
});
