/** Reads the SDK's exports from its emitted declarations, with the compiler's API. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API, SymbolFlags } from 'typescript/unstable/sync';

/** One entry point of the package. */
export interface Entry {
  /** The page's file name without `.md`. */
  readonly page: string;
  /** The import name: `@headrace/sdk/protocol`. */
  readonly name: string;
  /** The declaration file, relative to `dist`. */
  readonly file: string;
  readonly about: string;
}

export interface Export {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'type' | 'value';
  /** Source file relative to `src`, without extension: `source/define`. */
  readonly file: string;
  /** Position in the file; exports are listed in this order. */
  readonly position: number;
  /** The docstring without stars; empty if there is none. */
  readonly doc: string;
  /** The declaration without its own docstring. Members keep theirs. */
  readonly code: string;
}

export type EntryExports = Entry & { readonly exports: readonly Export[] };

const sdk = fileURLToPath(new URL('../sdk', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

/** @throws if an entry point or one of its names has no declaration */
export function exportsOf(entries: readonly Entry[]): EntryExports[] {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-api-'));
  const api = new API({ cwd: folder });
  try {
    // Type errors are reported elsewhere; declarations are emitted anyway.
    const emit = [
      '-p',
      join(sdk, 'tsconfig.build.json'),
      '--outDir',
      folder,
      '--emitDeclarationOnly',
      '--noCheck',
    ];
    execFileSync(process.execPath, [tsc, ...emit], { stdio: 'inherit' });
    const config = join(folder, 'tsconfig.json');
    const options = { noEmit: true, module: 'nodenext', allowImportingTsExtensions: true, types: [] };
    writeFileSync(
      config,
      JSON.stringify({ compilerOptions: options, files: entries.map(({ file }) => file) }),
    );
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error('the compiler did not open the project');
    const { checker, program } = project;
    return entries.map((entry) => {
      const module = program.getSourceFile(join(folder, entry.file));
      const symbol = module && checker.getSymbolAtLocation(module);
      if (!symbol) throw new Error(`${entry.name} has no exports`);
      const exports = checker.getExportsOfModule(symbol).map((exported): Export => {
        const target = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
        const node = target.declarations[0]?.resolve(project);
        if (!node) throw new Error(`${exported.name} of ${entry.name} has no declaration`);
        // The docstring and `export` of a constant belong to the statement, two levels above the declaration.
        const statement = target.flags & SymbolFlags.Variable ? node.parent.parent : node;
        const source = statement.getSourceFile();
        const { doc, code } = split(source.text.slice(statement.getFullStart(), statement.getEnd()));
        return {
          name: exported.name,
          kind: kindOf(target.flags),
          file: relative(folder, source.fileName)
            .split(sep)
            .join('/')
            .replace(/\.d\.ts$/, ''),
          position: statement.getStart(),
          doc,
          code,
        };
      });
      exports.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.position - b.position));
      return { ...entry, exports };
    });
  } finally {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function kindOf(flags: SymbolFlags): Export['kind'] {
  if (flags & SymbolFlags.Function) return 'function';
  if (flags & SymbolFlags.Class) return 'class';
  return flags & SymbolFlags.Variable ? 'value' : 'type';
}

/** Splits a declaration from the text before it. The last docstring belongs to the declaration. */
function split(text: string): { doc: string; code: string } {
  const start = /^(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*/.exec(text)![0];
  const comments = start.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  const doc = (comments.at(-1) ?? '')
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
  const code = text
    .slice(start.length)
    .replace(/^export /, '')
    .replace(/^declare /, '')
    // Remove private and internal members, and convert the compiler's four-space indentation to two.
    .replace(/^ *#private;\n/gm, '')
    .replace(/^ *\/\*\*(?:(?!\*\/)[\s\S])*@internal(?:(?!\*\/)[\s\S])*\*\/\n.*;\n/gm, '')
    .replace(/^ *private .*\n/gm, '')
    .replace(/^( {4})+/gm, (spaces) => spaces.slice(spaces.length / 2))
    .replace(/^( *) \*/gm, (_, spaces: string) => `${spaces} *`);
  return { doc, code };
}
