import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const read = (page: string): string => readFileSync(docs + page, 'utf8');
const reference = globSync('api/*.md', { cwd: docs }).map(read).join('\n');

it.each(['write-a-source.md', 'write-a-destination.md', 'cursors.md', 'guarantees.md', 'README.md'])(
  'every SDK name in %s is in the API reference',
  (page) => {
    const prose = read(page).replace(/^```[\s\S]*?^```/gm, '');
    const quoted = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
    // camelCase names are ours; snake_case names belong to the protocol and to configurations.
    const names = new Set(quoted.flatMap((code) => code.match(/(?<![\w.-])[a-z]+[A-Z]\w*/g) ?? []));
    const unknown = [...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(reference));
    expect(unknown).toEqual([]);
  },
);
