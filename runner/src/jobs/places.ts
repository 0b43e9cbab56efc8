import { ConfigError, ConfigErrors } from '@headrace/sdk/spec';
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLParseError,
} from 'yaml';
import { numberAsWritten } from '../engine/numbers.ts';
import { aliasMistakes, type YamlMistake } from './aliases.ts';

/** A path inside a YAML text: keys and indexes. */
export type Path = ReadonlyArray<string | number>;

/** A parsed YAML text that knows the line of everything in it. */
export interface PlacedYaml {
  readonly value: unknown;
  /** `headrace.yaml:7 › jobs.jira.source`: the line of the deepest part of the path that exists. */
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
  const told = new Set<number>();
  const errors = document.errors.flatMap((error) => {
    const { line } = counter.linePos(error.pos[0]);
    // Other errors in the line come from the same mistake.
    if (told.has(line)) return [];
    told.add(line);
    return [readable(error, text, `${file}:${line}`)];
  });
  if (errors.length > 0) throw new ConfigErrors(errors);
  const mistake = (code: string) => (one: YamlMistake) =>
    new ConfigError(one.message, {
      code,
      place: `${file}:${counter.linePos(one.offset).line}`,
      hint: one.hint,
    });
  const mistakes = [
    ...aliasMistakes(document).map(mistake('config.bad_alias')),
    ...lostText(document).map(mistake('config.not_text')),
    ...keepNumbers(document).map(mistake('config.bad_number')),
  ];
  if (mistakes.length > 0) throw new ConfigErrors(mistakes);
  const lineOf = (offset: number | undefined) =>
    offset === undefined ? 1 : Math.max(1, counter.linePos(offset).line);
  return {
    value: document.toJS({ maxAliasCount: -1 }) as unknown,
    has: (path) => descend(document.contents, path).depth === path.length,
    place: (path) => {
      const { offset } = descend(document.contents, path);
      return `${file}:${lineOf(offset)}${path.length > 0 ? ` › ${pathText(path)}` : ''}`;
    },
  };
}

function readable(
  { code, message, pos: [offset] }: YAMLParseError,
  text: string,
  place: string,
): ConfigError {
  const details = { code: 'config.not_yaml', place };
  if (code === 'MULTIPLE_DOCS') {
    const hint = 'put what stands behind --- into a file of its own, and name the folder with --file';
    return new ConfigError('a jobs file holds one document', { ...details, hint });
  }
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split(/\r?\n/, 1)[0] ?? '';
  // Only the first line of the message: the others quote the file, which may hold a secret (invariant 6).
  return new ConfigError(message.split(/ at line |\n/)[0] as string, {
    ...details,
    hint: hintFor(message, line),
  });
}

function hintFor(message: string, line: string): string | undefined {
  if (/:\s*\*(?:\s|\/|$)/.test(line)) return 'quote it: in YAML a * begins the name of an anchor';
  if (/cannot start with/.test(message)) return 'quote it';
  // `note: a: b`
  if (/^(Nested mappings|Block collections|Implicit keys)/.test(message))
    return 'quote a value that holds ": "';
  return undefined;
}

/**
 * Values that YAML reads as something else because of their first character: `!abc` is a tag, `&abc` an anchor. The error
 * does not quote them, because they may be secrets (invariant 6).
 */
function lostText(document: Document): YamlMistake[] {
  const hint = 'quote it';
  const mistakes = document.warnings
    .filter(({ code }) => code === 'TAG_RESOLVE_FAILED')
    .map(({ pos: [offset] }) => ({ offset, message: 'a value that begins with ! is a tag in YAML', hint }));
  visit(document, {
    Scalar(_, { anchor, source, range, type }: Scalar) {
      if (anchor === undefined || source !== '' || type !== 'PLAIN') return;
      const offset = range?.[0] ?? 0;
      mistakes.push({ offset, message: 'a value that begins with & is the name of an anchor in YAML', hint });
    },
  });
  return mistakes;
}

/**
 * Replaces numbers that a double would change with their digits. 01234 stays text: its value depends on the version of
 * YAML, and it is usually not meant as a number. Numbers that JSON cannot express are a mistake.
 */
function keepNumbers(document: Document): YamlMistake[] {
  const mistakes: YamlMistake[] = [];
  visit(document, {
    Scalar(key, node: Scalar) {
      const { value, source } = node;
      if (key === 'key' || typeof value !== 'number' || source === undefined) return;
      const wrong = (message: string, hint: string) =>
        mistakes.push({ offset: node.range?.[0] ?? 0, message, hint });
      if (/^[-+]?0\d/.test(source)) node.value = source;
      else if (/^[-+]?\.(?:inf|nan)$/i.test(source))
        wrong(`${source} cannot be handed to a connector: JSON has no such number`, 'quote it if it is text');
      else if (/^0[xo]/.test(source)) node.value = numberAsWritten(String(BigInt(source)));
      else if (JSON_NUMBER.test(source.replace(/^\+/, '')))
        node.value = numberAsWritten(source.replace(/^\+/, ''));
    },
  });
  return mistakes;
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** How much of a path exists, and where its last existing part is. */
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
