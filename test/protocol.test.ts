import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { checkMessages } from '@headrace/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, shell } from './processes.ts';

/** Every line that a connector prints must be a valid protocol message, whether it succeeds or fails. */
let jira: JiraSandbox;
let folder: string;

beforeAll(async () => {
  jira = await startJira({ issues: 60, seed: 3, panelsOneIn: 12 });
  folder = mkdtempSync(join(tmpdir(), 'headrace-protocol-'));
  const credentials = { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write('c.json', { base_url: jira.url, credentials });
  write('wrong.json', { base_url: jira.url, credentials: { ...credentials, api_token: 'wrong-token-1' } });
  write('invalid.json', { base_url: 3 });
  write('d.json', { path: './bronze', allow_ephemeral: true });
  write('unwritable.json', { path: '/proc/nowhere' });
  await shell('jira-source discover --config c.json > discovered.json', folder);
  await shell(
    `node -e "const {catalog:{streams}}=JSON.parse(require('fs').readFileSync('discovered.json'));console.log(JSON.stringify({streams:streams.map(stream=>({stream,sync_mode:'incremental',destination_sync_mode:'append',cursor_field:null,generation_id:null}))}))" > catalog.json`,
    folder,
  );
});

afterAll(async () => {
  await jira.close();
  rmSync(folder, { recursive: true, force: true });
});

async function checked(
  script: string,
  command: 'spec' | 'check' | 'discover' | 'read' | 'write',
): Promise<Ended> {
  const result = await shell(script, folder);
  expect(checkMessages(result.stdout, { command })).toEqual([]);
  return result;
}

describe('jira-source speaks the protocol', () => {
  it.each([
    ['jira-source spec', 'spec', 0],
    ['jira-source check --config c.json', 'check', 0],
    ['jira-source check --config wrong.json', 'check', 0],
    ['jira-source check --config invalid.json', 'check', 0],
    ['jira-source discover --config c.json', 'discover', 0],
    ['jira-source read --config c.json', 'read', 0],
    ['jira-source read --catalog catalog.json --config c.json', 'read', 0],
  ] as const)('%s', async (script, command, code) => {
    expect((await checked(script, command)).code).toBe(code);
  });

  it('even if a stream fails for good', async () => {
    jira.control.fail({ route: 'rest/api/3/field', kind: '500', times: null });
    expect((await checked('jira-source read --config c.json', 'read')).code).toBe(1);
    jira.control.clearFaults();
  });

  it('even if nothing can be read', async () => {
    for (const script of [
      'jira-source read --config wrong.json',
      'jira-source read --config gone.json',
      'echo "{" | jira-source read --config c.json --catalog -',
      `echo '{"streams":[{"stream":{"name":"isues","json_schema":{}},"sync_mode":"incremental"}]}' | jira-source read --config c.json --catalog -`,
    ]) {
      const { code, stdout } = await shell(script, folder);
      expect(code).toBe(1);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toContain('TRACE');
      // No stream was started, so only the rules for single lines apply.
      expect(checkMessages(stdout, { command: 'write' })).toEqual([]);
    }
  });
});

describe('jsonl-destination speaks the protocol', () => {
  it.each([
    ['jsonl-destination spec', 'spec', 0],
    ['jsonl-destination check --config d.json', 'check', 0],
    ['jsonl-destination check --config unwritable.json', 'check', 0],
    ['jira-source read --config c.json | jsonl-destination write --config d.json', 'write', 0],
    [
      'jira-source read --config c.json | jsonl-destination write --config d.json --catalog catalog.json',
      'write',
      0,
    ],
    [
      '(echo "not a message"; jira-source read --config c.json) | jsonl-destination --config d.json',
      'write',
      0,
    ],
    ['jira-source read --config wrong.json | jsonl-destination --config d.json', 'write', 1],
    ['true | jsonl-destination --config d.json', 'write', 1],
  ] as const)('%s', async (script, command, code) => {
    expect((await checked(script, command)).code).toBe(code);
  });
});
