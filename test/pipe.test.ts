import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idOf, landedLines, vendorBytes } from './landed.ts';
import { shell } from './processes.ts';

let jira: JiraSandbox;
let folder: string;

beforeEach(async () => {
  jira = await startJira({ issues: 300, seed: 11, panelsOneIn: 12 });
  folder = mkdtempSync(join(tmpdir(), 'headrace-pipe-'));
  const credentials = { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  writeFileSync(join(folder, 'c.json'), JSON.stringify({ base_url: jira.url, credentials }));
  writeFileSync(join(folder, 'd.json'), JSON.stringify({ path: './bronze', allow_ephemeral: true }));
});

afterEach(async () => {
  await jira.close();
  rmSync(folder, { recursive: true, force: true });
});

const bronze = (): string => join(folder, 'bronze');
const STATEFUL =
  'jsonl-destination state --config d.json | jira-source read --config c.json --state - | jsonl-destination write --config d.json';

/** Checks that every issue landed exactly once, with the bytes that the sandbox sends for it. */
function expectWhole(): void {
  const lines = landedLines(bronze(), 'issues');
  const ids = lines.map(idOf);
  expect([...ids].sort()).toEqual(
    jira
      .ids()
      .map(({ id }) => id)
      .sort(),
  );
  for (const [k, line] of lines.entries())
    expect(vendorBytes(line).equals(jira.issueBytes(ids[k]!))).toBe(true);
}

describe('the plain pipe', () => {
  it('lands every record with the vendor’s bytes', async () => {
    const { code } = await shell(
      'jira-source read --config c.json | jsonl-destination --config d.json',
      folder,
    );
    expect(code).toBe(0);
    expectWhole();
    const all = landedLines(bronze(), 'issues').join('');
    for (const odd of [/\d{20}/, /3\.0[,}\]]/, /\\u2028/, /\\ud83d/i, /\p{Extended_Pictographic}/u])
      expect(all).toMatch(odd);
  });

  it('exits with 1 and keeps nothing if the source fails', async () => {
    writeFileSync(join(folder, 'c.json'), '{}');
    const { code } = await shell(
      'jira-source read --config c.json | jsonl-destination --config d.json; exit ${PIPESTATUS[1]}',
      folder,
    );
    expect(code).toBe(1);
    expect(landedLines(bronze(), 'issues')).toEqual([]);
  });

  it('keeps nothing of a --limit, and its exit code says so', async () => {
    const { code } = await shell(
      'jira-source read --config c.json --limit 5 | jsonl-destination --config d.json',
      folder,
    );
    expect(code).toBe(1);
    expect(landedLines(bronze(), 'issues')).toEqual([]);
  });
});

describe('the stateful pipe', () => {
  it('reads no unchanged issues the second time, but the full-refresh streams again', async () => {
    expect((await shell(STATEFUL, folder)).code).toBe(0);
    const projects = landedLines(bronze(), 'projects').length;
    expect((await shell(STATEFUL, folder)).code).toBe(0);
    expectWhole();
    expect(projects).toBeGreaterThan(0);
    expect(landedLines(bronze(), 'projects')).toHaveLength(2 * projects);
    const touched = new Set(jira.control.touch({ count: 9 }).map(({ id }) => id));
    expect((await shell(STATEFUL, folder)).code).toBe(0);
    expect(landedLines(bronze(), 'issues')).toHaveLength(300 + touched.size);
  });

  it('works with the flat layout, which appends to one file', async () => {
    writeFileSync(
      join(folder, 'd.json'),
      JSON.stringify({ path: './bronze', allow_ephemeral: true, layout: 'flat' }),
    );
    for (let k = 0; k < 2; k++) expect((await shell(STATEFUL, folder)).code).toBe(0);
    expectWhole();
  });

  it('rejects a pipe that another one has overtaken', async () => {
    expect((await shell(STATEFUL, folder)).code).toBe(0);
    await shell('jsonl-destination state --config d.json > old.json', folder);
    jira.control.touch({ count: 3 });
    expect((await shell(STATEFUL, folder)).code).toBe(0);
    const before = landedLines(bronze(), 'issues').length;
    const overtaken = await shell(
      'cat old.json | jira-source read --config c.json --state - | jsonl-destination write --config d.json',
      folder,
    );
    expect(overtaken.code).toBe(1);
    expect(overtaken.stdout).toMatch(/another pipe wrote/);
    expect(landedLines(bronze(), 'issues')).toHaveLength(before);
  });

  it('stops if the first command fails, and stores nothing', async () => {
    expect((await shell(STATEFUL, folder)).code).toBe(0);
    writeFileSync(join(folder, 'bad.json'), '{ "pat": 1 }');
    const before = landedLines(bronze(), 'users').length;
    const { code } = await shell(STATEFUL.replace('d.json', 'bad.json'), folder);
    expect(code).not.toBe(0);
    expect(landedLines(bronze(), 'users')).toHaveLength(before);
  });
});
