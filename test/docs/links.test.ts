import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = globSync(
  '{*.md,docs/**/*.md,{sdk,runner,sandbox,create-connector}/*.md,{connectors,interop}/*/*.md}',
  {
    cwd: root,
  },
).filter((page) => !page.includes('node_modules') && !page.includes('CHANGELOG'));

/** The anchors that GitHub generates for headings. Repeated ones are numbered. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const heading of withoutCode(text).match(/^#+ .*$/gm) ?? []) {
    const plain = heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${plain}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  it('has no broken links', () => {
    const broken = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, target))) return [link];
      if (anchor === undefined || !target.endsWith('.md')) return [];
      return anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor) ? [] : [link];
    });
    expect(broken).toEqual([]);
  });

  it('names none of our machines', () => {
    expect(text).not.toMatch(/\/work\/(?:main|shared)|\/tmp\/|registry\.[a-z]/);
  });
});
