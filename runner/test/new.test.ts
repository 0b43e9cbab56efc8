import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { workspace } from './workspace.ts';

describe('headrace new', () => {
  test('makes a connector and says what to do with it', async () => {
    const w = workspace();
    const { exitCode, stdout } = await w.run('new', 'source', 'my-crm');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('✓ my-crm-source is in ');
    expect(stdout).toContain('npm test');
    expect(existsSync(w.path('my-crm-source/src/source.ts'))).toBe(true);
  });

  test('takes a folder, and answers as JSON', async () => {
    const w = workspace();
    const { json } = await w.run('new', 'destination', 'my-store', '--dir', 'here', '--json');
    expect(json).toMatchObject({ ok: true, exit_code: 0, data: { name: 'my-store-destination' } });
    expect(existsSync(w.path('here/bin/my-store-destination'))).toBe(true);
  });

  test.each([
    [['sauce', 'my-crm'], 'create.usage'],
    [['source', 'My CRM'], 'create.name'],
    [['source', 'my-crm', '--dir', '.'], 'create.folder'],
  ])('%j is 2, with a hint, and nothing is made', async (argv, code) => {
    const w = workspace();
    w.write('notes.txt', 'mine');
    const { exitCode, json } = await w.run('new', ...argv, '--json');
    expect(exitCode).toBe(2);
    expect(json.errors).toEqual([expect.objectContaining({ code, hint: expect.stringMatching(/\w/) })]);
    expect(existsSync(w.path('my-crm-source'))).toBe(false);
  });
});
