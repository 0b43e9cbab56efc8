/** docs/errors.md: every error that the code throws on purpose, from the places where it is made. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type CallExpression,
  type ClassDeclaration,
  type NewExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import {
  isCallExpression,
  isClassDeclaration,
  isConditionalExpression,
  isIdentifier,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isObjectLiteralExpression,
  isPropertyAssignment,
  isShorthandPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isVariableDeclaration,
  isVariableDeclarationList,
  isVariableStatement,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

interface Made {
  readonly code: string;
  readonly kind: string;
  readonly message: string;
  readonly hint: string;
}

const HEAD = `<!-- Made by \`npm run docs\` from the places where errors are made. Do not edit. -->

# Errors

An error has a code that stays the same, a sentence, a place, and mostly a hint. On a terminal:

\`\`\`
✗ config.field_required  config.credentials.api_token
    config.credentials.api_token is required
    → create one at id.atlassian.com › Security › API tokens
\`\`\`

In the protocol it is a TRACE ERROR with a \`failure_type\`; a \`check\` says FAILED with the sentence, and exits with 0 if the user can mend it; for anything else it says the TRACE ERROR too and exits with 1.

| kind | who mends it | \`failure_type\` | tried again by the runner |
|---|---|---|---|
| ConfigError | the user: configuration, credentials, permissions, the command line | \`config_error\` | no |
| TransientError, ThrottledError | nobody, later: the network, a vendor that fails or throttles, a full disk | \`transient_error\` | yes |
| DataError | this record, answer or state is not what was promised | \`system_error\` | yes |
| SystemError | whoever wrote the program: a bug | \`system_error\` | yes |

Exit codes: a connector's 0 is done (a \`check\` that says FAILED for what the user mends is 0 too), 1 failed or incomplete. The runner's: 0 every stream complete, 1 partial, 2 failed, 130 and 143 interrupted.

… stands for what is known when it happens: names, numbers, what a server said.
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS: ReadonlyArray<readonly [title: string, pattern: string]> = [
  ['Every connector (@headrace/sdk)', 'sdk/src'],
  ['jira-source', 'connectors/jira-source/src'],
  ['jsonl-destination', 'connectors/jsonl-destination/src'],
  ['Sources of faros-airbyte-cdk (@headrace/faros)', 'interop/faros/src'],
  ['The runner', 'runner/src'],
];

export function errorPage(): string {
  const api = new API({ cwd: root });
  try {
    const config = `${root}tsconfig.json`;
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error('the compiler opens no project');
    const sections = FOLDERS.map(([title, folder]) => {
      const files = globSync(`${folder}/**/*.ts`, { cwd: root }).filter((file) => !/test/.test(file));
      const made = files.sort().flatMap((file) => {
        const source = project.program.getSourceFile(root + file);
        return source ? errorsIn(source) : [];
      });
      return section(title, made);
    });
    return [HEAD, ...sections].join('\n');
  } finally {
    api.close();
  }
}

function section(title: string, made: readonly Made[]): string {
  // A code that is handed in stands where it is handed from.
  const rows = made
    .filter(({ code }) => code !== '…')
    .map(({ code, kind, message, hint }) => `| \`${code}\` | ${kind} | ${cell(message)} | ${cell(hint)} |`);
  const unique = [...new Set(rows)].sort();
  return `## ${title}\n\n| code | kind | says | what to do |\n|---|---|---|---|\n${unique.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();

function errorsIn(source: Node): Made[] {
  const found: Made[] = [];
  /** @param base what the class around it extends: its `super(…)` makes such an error */
  const visit = (node: Node, base: string): void => {
    const kind = kindOf(node, base);
    const [message, details] = kind ? ((node as NewExpression | CallExpression).arguments ?? []) : [];
    const code = message && details && member(details, 'code');
    if (kind && code)
      found.push({ code: say(code), kind, message: say(message), hint: said(member(details, 'hint')) });
    const inside = isClassDeclaration(node) ? baseOf(node) : base;
    node.forEachChild((child) => visit(child, inside));
  };
  visit(source, '');
  return found;
}

const KIND = /^(Config|Transient|Throttled|Data|System)Error$/;

/** The kind of error that is made here: by `new`, or by the `super` of a class of its own. */
function kindOf(node: Node, base: string): string | undefined {
  if (isNewExpression(node) && isIdentifier(node.expression) && KIND.test(node.expression.text))
    return node.expression.text;
  const isSuper = isCallExpression(node) && node.expression.kind === SyntaxKind.SuperKeyword;
  return isSuper && KIND.test(base) ? base : undefined;
}

function baseOf({ heritageClauses }: ClassDeclaration): string {
  const base = heritageClauses?.[0]?.types[0]?.expression;
  return base && isIdentifier(base) ? base.text : '';
}

/** The value of a member of an object literal; `undefined` where it is spread in or absent. */
function member(details: Node, name: string): Node | undefined {
  if (!isObjectLiteralExpression(details)) return undefined;
  for (const property of details.properties) {
    if (isPropertyAssignment(property) && isIdentifier(property.name) && property.name.text === name)
      return property.initializer;
    if (isShorthandPropertyAssignment(property) && isIdentifier(property.name) && property.name.text === name)
      return property.name;
  }
  return undefined;
}

const said = (node: Node | undefined): string => (node ? say(node) : '');

/** What a text says, as far as the code does. */
function say(node: Node): string {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (isConditionalExpression(node)) {
    const both = [say(node.whenTrue), say(node.whenFalse)].filter((text) => text !== '' && text !== '…');
    return both.join(' · ') || '…';
  }
  if (isIdentifier(node)) {
    if (node.text === 'undefined') return '';
    const value = constant(node, node.text);
    return value ? say(value) : '…';
  }
  return '…';
}

/** What the nearest `const name = …` around a node holds. */
function constant(from: Node, name: string): Node | undefined {
  for (let scope: Node | undefined = from.parent; scope; scope = scope.parent) {
    let found: Node | undefined;
    const look = (node: Node): void => {
      if (isVariableDeclaration(node) && isIdentifier(node.name) && node.name.text === name)
        found = node.initializer;
      else if (node === scope || isVariableStatement(node) || isVariableDeclarationList(node))
        node.forEachChild(look);
    };
    look(scope);
    if (found) return found;
  }
  return undefined;
}
