/** Renders the API reference as Markdown: one page per entry point, one section per name. */
import type { EntryExports, Export } from './api-exports.ts';

const NOTE = '<!-- Made by `npm run docs` from the docstrings. Do not edit. -->';

/** Titles for the folders and files of `sdk/src`, in page order. */
const GROUPS: ReadonlyArray<readonly [title: string, prefixes: readonly string[]]> = [
  ['The process', ['cli/', 'runtime/']],
  [
    'Sources',
    [
      'source/define',
      'source/select',
      'source/children-of',
      'source/shared-list',
      'source/gathered',
      'source/work-ahead',
    ],
  ],
  ['Cursors', ['source/cursors/']],
  ['Writing a cursor', ['source/cursor']],
  ['Shared scans', ['source/scan/']],
  ['Paging', ['http/paging/', 'source/detail-pages', 'source/halved']],
  ['Authentication', ['http/auth/']],
  ['HTTP', ['http/']],
  ['Pages and protocol', ['protocol/']],
  ['Destinations', ['destination/']],
  ['Errors', ['errors']],
  ['Suites', ['testing/source-suite/', 'testing/destination-suite/', 'testing/coverage', 'testing/suite/']],
  ['APIs to test on', ['testing/recording/', 'testing/test-api/', 'testing/hostile-api/']],
  ['Programs to test with', ['testing/']],
  ['Configuration', ['spec/']],
];
const REST = 'More';

interface Group {
  readonly title: string;
  readonly exports: readonly Export[];
}

export function renderIndex(entries: readonly EntryExports[]): string {
  const rows = entries.map(
    ({ name, page, about, exports }) => `| [\`${name}\`](${page}.md) | ${about} | ${exports.length} |`,
  );
  return `${NOTE}\n\n# API reference\n\n| entry | what is in it | names |\n|---|---|---:|\n${rows.join('\n')}\n`;
}

export function renderPage(entry: EntryExports, entries: readonly EntryExports[]): string {
  const link = linker(entry, entries);
  const groups = groupsOf(entry);
  const contents = groups.map(
    ({ title, exports }) => `- ${title}: ${exports.map(({ name }) => link(name)).join(', ')}`,
  );
  const sections = groups.map(
    ({ title, exports }) => `## ${title}\n\n${exports.map((one) => renderExport(one, link)).join('\n')}`,
  );
  const head = `${NOTE}\n\n# ${entry.name}\n\n${entry.about[0]!.toUpperCase()}${entry.about.slice(1)}.`;
  return `${head}\n\n${contents.join('\n')}\n\n${sections.join('\n')}`;
}

function groupsOf({ exports }: EntryExports): Group[] {
  const groupOf = ({ file }: Export): string =>
    GROUPS.find(([, prefixes]) => prefixes.some((prefix) => file.startsWith(prefix)))?.[0] ?? REST;
  const byTitle = Map.groupBy(exports, groupOf);
  return [...GROUPS.map(([title]) => title), REST].flatMap((title) => {
    const found = byTitle.get(title);
    return found ? [{ title, exports: found.sort(inOrder) }] : [];
  });
}

/** Orders by file, then functions before the types they use, then by position. */
function inOrder(a: Export, b: Export): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  if ((a.kind === 'type') !== (b.kind === 'type')) return a.kind === 'type' ? 1 : -1;
  return a.position - b.position;
}

type Link = (name: string) => string;

/** Creates links to a name on any page. `census` and `Census` have the same anchor, so GitHub numbers them. */
function linker(from: EntryExports, entries: readonly EntryExports[]): Link {
  const targets = new Map<string, string>();
  // Prefer the name on the same page.
  for (const entry of [from, ...entries.filter((other) => other !== from)]) {
    const seen = new Map<string, number>();
    const anchor = (heading: string): string => {
      const plain = heading.toLowerCase().replaceAll(' ', '-');
      const times = seen.get(plain) ?? 0;
      seen.set(plain, times + 1);
      return times === 0 ? plain : `${plain}-${times}`;
    };
    anchor(entry.name.replace(/[@/]/g, ''));
    for (const { title, exports } of groupsOf(entry)) {
      anchor(title);
      for (const { name } of exports) {
        const target = `${entry === from ? '' : `${entry.page}.md`}#${anchor(name)}`;
        if (!targets.has(name)) targets.set(name, target);
      }
    }
  }
  return (name) => (targets.has(name) ? `[\`${name}\`](${targets.get(name)})` : '');
}

function renderExport(one: Export, link: Link): string {
  const uses = usedNames(one).map(link).filter(Boolean);
  const also = uses.length > 0 ? `See ${uses.join(', ')}.\n` : '';
  return [`### \`${one.name}\`\n`, prose(one.doc), `\`\`\`ts\n${one.code}\n\`\`\`\n`, also]
    .filter((part) => part !== '')
    .join('\n');
}

/** Names of the types used in a declaration, in order. */
function usedNames({ name, code }: Export): string[] {
  const bare = code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/'[^']*'/g, '');
  return [...new Set(bare.match(/\b[A-Z]\w+/g) ?? [])].filter((word) => word !== name);
}

/** Converts a docstring to Markdown. Tags become a list. */
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
