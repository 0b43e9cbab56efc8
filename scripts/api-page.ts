/** The reference as Markdown: a page an entry, a section a name. */
import type { EntryExports, Export } from './api-exports.ts';

const NOTE = '<!-- Made by `npm run docs` from the docstrings. Do not edit. -->';

/** How the folders and files of `sdk/src` are called on the page. */
const GROUPS: ReadonlyArray<readonly [prefix: string, title: string]> = [
  ['source/cursors', 'Cursors'],
  ['source/cursor', 'Cursors'],
  ['source', 'Sources'],
  ['destination', 'Destinations'],
  ['http/auth', 'Authentication'],
  ['http/paging', 'Paging'],
  ['http', 'HTTP'],
  ['errors', 'Errors'],
  ['cli', 'The process'],
  ['spec', 'Configuration'],
  ['testing', 'Testing'],
  ['protocol', 'Pages and protocol'],
  ['runtime', 'Surroundings'],
];

const ORDER = ['The process', 'Sources', 'Cursors', 'HTTP', 'Paging', 'Authentication', 'Pages and protocol'];

function groupOf({ file }: Export): string {
  const found = GROUPS.find(
    ([prefix]) => file === prefix || file.startsWith(`${prefix}/`) || file.startsWith(`${prefix}-`),
  );
  return found?.[1] ?? GROUPS.find(([prefix]) => file.startsWith(prefix))?.[1] ?? 'More';
}

export function renderIndex(entries: readonly EntryExports[]): string {
  const rows = entries.map(
    ({ name, page, about, exports }) => `| [\`${name}\`](${page}.md) | ${about} | ${exports.length} |`,
  );
  return `${NOTE}\n\n# API reference\n\n| entry | what is in it | names |\n|---|---|---:|\n${rows.join('\n')}\n`;
}

export function renderPage(entry: EntryExports, entries: readonly EntryExports[]): string {
  const groups = new Map<string, Export[]>();
  for (const one of entry.exports) {
    const title = groupOf(one);
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  const place = (title: string): number => (ORDER.includes(title) ? ORDER.indexOf(title) : ORDER.length);
  const sorted = [...groups].sort(([a], [b]) => place(a) - place(b));
  const contents = sorted.map(
    ([title, list]) => `- ${title}: ${list.map(({ name }) => link(name)).join(', ')}`,
  );
  const sections = sorted.map(
    ([title, list]) => `## ${title}\n\n${list.map((one) => renderExport(one, entry, entries)).join('\n')}`,
  );
  const head = `${NOTE}\n\n# ${entry.name}\n\n${entry.about[0]!.toUpperCase()}${entry.about.slice(1)}.`;
  return `${head}\n\n${contents.join('\n')}\n\n${sections.join('\n')}`;
}

function renderExport(one: Export, entry: EntryExports, entries: readonly EntryExports[]): string {
  const uses = usedNames(one, entries).map(({ name, page }) =>
    link(name, page === entry.page ? '' : `${page}.md`),
  );
  const also = uses.length > 0 ? `See ${uses.join(', ')}.\n` : '';
  return [`### \`${one.name}\`\n`, prose(one.doc), `\`\`\`ts\n${one.code}\n\`\`\`\n`, also]
    .filter((part) => part !== '')
    .join('\n');
}

/** Exported names that a declaration mentions; those of the same entry are preferred. */
function usedNames(one: Export, entries: readonly EntryExports[]): Array<{ name: string; page: string }> {
  const code = one.code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/'[^']*'/g, '');
  const words = new Set(code.match(/\b[A-Z]\w+/g) ?? []);
  words.delete(one.name);
  return [...words].flatMap((name) => {
    const home = entries.find(({ exports }) =>
      exports.some((other) => other.name === name && other.kind !== 'value'),
    );
    return home ? [{ name, page: home.page }] : [];
  });
}

const link = (name: string, page = ''): string => `[\`${name}\`](${page}#${name.toLowerCase()})`;

/** A docstring as Markdown: lines joined, tags as a list. */
function prose(doc: string): string {
  if (doc === '') return '';
  const [text = '', ...tags] = doc
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .split(/(?:^|(?<=\s))@(?=param|returns|throws|see|example)/);
  const list = tags.map((tag) => {
    const [, kind = '', rest = ''] = /^(\w+)\s+([\s\S]*)/.exec(tag.trim()) ?? [];
    const words = rest.replace(/\s+/g, ' ').trim();
    if (kind !== 'param') return `- **${kind}** ${words}`;
    const [, name = '', about = ''] = /^(\S+)\s*-?\s*([\s\S]*)/.exec(words) ?? [];
    return `- \`${name}\`: ${about}`;
  });
  return `${[text.trim(), list.join('\n')].filter(Boolean).join('\n\n')}\n`;
}
