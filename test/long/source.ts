import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JiraSandbox } from '@headrace/sandbox';

/** A source's `read` from its sources. @param main from the top of the repository */
export function readOf(main: string): string[] {
  const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));
  return [process.execPath, ...flags, fileURLToPath(new URL(`../../${main}`, import.meta.url)), 'read'];
}

/** jira-source's `read` of a sandbox, with its configuration in a folder. */
export function readJira(jira: JiraSandbox, folder: string, config: object = {}): string[] {
  const file = join(folder, 'c.json');
  const credentials = { auth_type: 'api_token', email: jira.email, api_token: jira.apiToken };
  writeFileSync(file, JSON.stringify({ base_url: jira.url, credentials, ...config }));
  return [...readOf('connectors/jira-source/src/main.ts'), '--config', file];
}
