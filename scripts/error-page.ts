/** Generates docs/errors.md, the list of all errors that the code throws deliberately, from the source code. */
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
  ['bitbucket-source', 'connectors/bitbucket-source/src'],
  ['jenkins-source', 'connectors/jenkins-source/src'],
  ['jsonl-destination', 'connectors/jsonl-destination/src'],
  ['Sources of faros-airbyte-cdk (@headrace/faros)', 'interop/faros/src'],
  ['The runner', 'runner/src'],
];

export function errorPage(): string {
  const api = new API({ cwd: root });
  try {
    const config = `${root}tsconfig.json`;
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error('the compiler did not open the project');
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
  // If a code is a parameter, list the callers that pass it.
  const rows = made
    .filter(({ code }) => code !== '…')
    .map(({ code, kind, message, hint }) => `| \`${code}\` | ${kind} | ${cell(message)} | ${cell(hint)} |`);
  const unique = [...new Set(rows)].sort();
  return `## ${title}\n\n| code | kind | says | what to do |\n|---|---|---|---|\n${unique.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();

function errorsIn(source: Node): Made[] {
  const found: Made[] = [];
  /** @param base the class that the enclosing class extends; its `super(…)` creates such an error */
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

/** The class of the error created here, by `new` or by `super` in a subclass. */
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

/** The value of a property in an object literal, or `undefined` if it is absent or spread in. */
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

/** The text of an expression, as far as it is constant. */
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

/** The value of the nearest `const name = …` around a node. */
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
