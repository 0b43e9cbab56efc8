import { ConfigError, ConfigErrors } from '@headrace/sdk/spec';
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A path inside a YAML text: keys and indexes. */
export type Path = ReadonlyArray<string | number>;

/** A parsed YAML text that knows where everything stands. */
export interface PlacedYaml {
  readonly value: unknown;
  /** `headrace.yaml:7 › jobs.jira.source`: the line of the deepest part of the path that is there. */
  place(path: Path): string;
  has(path: Path): boolean;
}

/**
 * Parses a YAML (or JSON) text.
 * @throws ConfigErrors with the line of every mistake
 */
export function parsePlaced(text: string, file: string): PlacedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true });
  if (document.errors.length > 0) {
    throw new ConfigErrors(
      document.errors.map((error) => {
        const { line } = counter.linePos(error.pos[0]);
        // Only the first line of the message: the others quote the file, which may hold a secret (invariant 6).
        return new ConfigError(error.message.split(/ at line |\n/)[0] as string, {
          code: 'config.not_yaml',
          place: `${file}:${line}`,
        });
      }),
    );
  }
  const lineOf = (offset: number | undefined) =>
    offset === undefined ? 1 : Math.max(1, counter.linePos(offset).line);
  return {
    value: document.toJS() as unknown,
    has: (path) => descend(document.contents, path).depth === path.length,
    place: (path) => {
      const { offset } = descend(document.contents, path);
      return `${file}:${lineOf(offset)}${path.length > 0 ? ` › ${pathText(path)}` : ''}`;
    },
  };
}

/** How deep a path is there, and where its last part stands. */
function descend(root: Node | null, path: Path): { depth: number; offset: number | undefined } {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!pair) return { depth, offset };
      offset = (pair.key as Node).range?.[0];
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (item === undefined) return { depth, offset };
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    } else return { depth, offset };
  }
  return { depth: path.length, offset };
}

/** `jobs.jira.source.streams[2].name` */
export function pathText(path: Path): string {
  return path
    .map((part, k) => (typeof part === 'number' ? `[${part}]` : k === 0 ? part : `.${part}`))
    .join('');
}

/** The path that `pathText` wrote; a key with a dot in it comes back as two parts, which only costs depth. */
export function textPath(text: string): Path {
  return text.split(/\.|(?=\[)/).map((part) => (/^\[\d+\]$/.test(part) ? Number(part.slice(1, -1)) : part));
}
