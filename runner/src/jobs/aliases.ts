import { type Alias, type Document, isAlias, isCollection, isPair, type Node } from 'yaml';

/** A mistake, and where it stands in the text. */
export interface YamlMistake {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** How many nodes a text may have after its aliases are expanded. */
const MOST_NODES = 100_000;

/** Aliases in a YAML text that have no anchor, refer to a node that contains them, or expand too much. */
export function aliasMistakes(document: Document): YamlMistake[] {
  const mistakes: YamlMistake[] = [];
  const sizes = new Map<unknown, number>();
  const open = new Set<unknown>();
  const wrong = (alias: Alias, message: string, hint: string): number => {
    mistakes.push({ offset: alias.range?.[0] ?? 0, message, hint });
    return 1;
  };

  function sizeOfAlias(alias: Alias): number {
    const name = `*${alias.source}`;
    const target = alias.resolve(document);
    if (!target)
      return wrong(
        alias,
        `there is no anchor for ${name}`,
        `write &${alias.source} before it, where it is named`,
      );
    if (open.has(target))
      return wrong(
        alias,
        `${name} stands inside of what it names`,
        'it has no end: name a part of it, or write it out',
      );
    const size = sizeOf(target);
    if (size > MOST_NODES && mistakes.length === 0)
      wrong(alias, `${name} names too much: aliases of aliases multiply`, 'write out what is meant');
    return size;
  }

  function sizeOf(node: unknown): number {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (isAlias(node)) return sizeOfAlias(node);
    open.add(node);
    const inside: unknown[] = isCollection(node) ? node.items : isPair(node) ? [node.key, node.value] : [];
    const size = inside.reduce<number>((sum, one) => sum + sizeOf(one), 1);
    open.delete(node);
    sizes.set(node, size);
    return size;
  }

  if (sizeOf(document.contents) > MOST_NODES && mistakes.length === 0)
    mistakes.push({
      offset: (document.contents as Node | null)?.range?.[0] ?? 0,
      message: `a jobs file has at most ${MOST_NODES} values, each alias counted as what it names`,
      hint: 'put some of the jobs into a file of their own, and name the folder with --file',
    });
  return mistakes;
}
