import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import destination from '../src/destination.ts';
import { settingsOf, writeStreams } from './run.ts';
import { env } from './store.ts';
import { dataFiles } from './stored.ts';

const NAMES = [
  'a\u001b[2J\u001b]8;;http://x\u0007y',
  'b\u009b31m',
  'c\u202edlrow',
  'd\n✓ 9 files with 9 records: as the journal says',
  '::error::e',
  'f\u0000\u0085\u2028',
];
const LEFT = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

const root = mkdtempSync(join(tmpdir(), 'headrace-names-'));
beforeAll(async () => {
  const lines = ['{"t":"\\ud83d"}'];
  await writeStreams(root, Object.fromEntries(NAMES.map((name) => [name, lines])), { source: 's\u001b[31m' });
  rmSync(join(root, dataFiles(root)[0]!));
});
afterAll(() => rmSync(root, { recursive: true }));

async function said(name: string, options: Record<string, boolean> = {}): Promise<string> {
  const lines: string[] = [];
  const call = {
    config: settingsOf(root, { source: undefined }),
    options,
    out: (line: string) => lines.push(line),
    env,
  };
  await destination.verbs!.find((verb) => verb.name === name)!.run(call);
  return lines.join('\n');
}

it.each(['manifest', 'cursors', 'stats', 'verify', 'compact'])(
  '%s shows names of streams and of the source that move no cursor and forge no line',
  async (name) => {
    const text = await said(name);
    expect(text).not.toMatch(LEFT);
    expect(text).not.toMatch(/^(✓ 9|\s*::)/m);
    if (name === 'compact' || name === 'cursors') return;
    const json = await said(name, { json: true });
    expect(json).not.toMatch(LEFT);
    expect(json).not.toContain('\n');
    if (name === 'stats')
      expect((JSON.parse(json) as Array<{ stream: string }>).map(({ stream }) => stream).sort()).toEqual(
        [...NAMES].sort(),
      );
  },
);
