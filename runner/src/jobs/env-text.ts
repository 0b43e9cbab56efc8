const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=/;

/**
 * Reads `NAME=value` lines. A comment begins at the start of a line, or at white space followed by `#`: a `#` inside a
 * value belongs to the value, because tokens may contain it. Values in `'`, `"` or backticks may hold anything and go over several lines;
 * in `"`, `\n` is a line break. A quote that is not closed is part of the value.
 */
export function parseEnvText(text: string): Record<string, string> {
  // Without a prototype, so that it has only the names in the file.
  const values = Object.create(null) as Record<string, string>;
  for (let rest = text; rest !== ''; ) {
    const found = NAME.exec(rest);
    if (!found) {
      rest = behindLine(rest);
      continue;
    }
    const after = rest.slice(found[0].length);
    const quoted = quotedValue(after);
    if (quoted) {
      values[found[1] as string] = quoted.value;
      rest = behindLine(after.slice(quoted.length));
    } else {
      const line = /^[^\r\n]*/.exec(after)?.[0] ?? '';
      values[found[1] as string] = line.replace(/[ \t]#.*$/, '').trim();
      rest = behindLine(after);
    }
  }
  return values;
}

function quotedValue(text: string): { value: string; length: number } | undefined {
  const found = /^[ \t]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`)[ \t]*(?=$|[\r\n]|#)/.exec(text);
  if (!found) return undefined;
  const [whole, double, single, back] = found;
  return { value: double?.replaceAll('\\n', '\n') ?? single ?? back ?? '', length: whole.length };
}

function behindLine(text: string): string {
  const end = text.search(/[\r\n]/);
  return end === -1 ? '' : text.slice(end).replace(/^(?:\r\n|\r|\n)/, '');
}
