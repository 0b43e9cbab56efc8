/**
 * `npm run docs` generates docs/api/ from the docstrings of the SDK's exports, docs/conformance.md from the suites,
 * and docs/errors.md from the places where errors are created. With `--check` it writes nothing and exits with 1 if a
 * page is out of date or an export has no docstring.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Entry, exportsOf } from './api-exports.ts';
import { renderIndex, renderPage } from './api-page.ts';
import { conformancePage } from './conformance-page.ts';
import { errorPage } from './error-page.ts';

const ENTRIES: readonly Entry[] = [
  { page: 'sdk', name: '@headrace/sdk', file: 'index.d.ts', about: 'what a connector is made of' },
  {
    page: 'destination',
    name: '@headrace/sdk/destination',
    file: 'destination/index.d.ts',
    about: 'the store layer: what a destination that keeps its states itself is made of',
  },
  {
    page: 'protocol',
    name: '@headrace/sdk/protocol',
    file: 'protocol/index.d.ts',
    about: 'messages, the codec for both directions, catalogs; needs nothing but Node',
  },
  {
    page: 'spec',
    name: '@headrace/sdk/spec',
    file: 'spec/index.d.ts',
    about: 'config schemas: JSON schema from zod, validation with readable errors, interpolation, secrets',
  },
  {
    page: 'files',
    name: '@headrace/sdk/files',
    file: 'files/index.d.ts',
    about: 'changes on disk that survive a crash; needs nothing but Node',
  },
  {
    page: 'testing',
    name: '@headrace/sdk/testing',
    file: 'testing/index.d.ts',
    about: 'the test kit: conformance suites, a made API, a hostile one, a checker of messages',
  },
];

const folder = new URL('../docs/', import.meta.url);
const check = process.argv.includes('--check');
const entries = exportsOf(ENTRIES);
const pages: Record<string, string> = {
  'conformance.md': conformancePage(),
  'errors.md': errorPage(),
  'api/README.md': renderIndex(entries),
  ...Object.fromEntries(entries.map((entry) => [`api/${entry.page}.md`, renderPage(entry, entries)])),
};

let faults = 0;
const fault = (text: string): void => {
  faults++;
  process.stdout.write(`${text}\n`);
};

for (const { name, exports } of entries)
  for (const one of exports) if (one.doc === '') fault(`${one.name} (${name}, ${one.file}) has no docstring`);

if (!check) mkdirSync(new URL('api/', folder), { recursive: true });
for (const [name, text] of Object.entries(pages)) {
  const file = new URL(name, folder);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) fault(`docs/${name} is out of date. Run: npm run docs`);
  else {
    writeFileSync(file, text);
    process.stdout.write(`docs/${name}\n`);
  }
}
for (const name of readdirSync(new URL('api/', folder))) {
  if (`api/${name}` in pages) continue;
  if (check) fault(`docs/api/${name} belongs to no entry of the SDK: npm run docs`);
  else rmSync(new URL(`api/${name}`, folder));
}
process.exitCode = faults > 0 ? 1 : 0;
