import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { startTestApi } from '@headrace/sdk/testing';
import type { Result } from './result.ts';
import { resumeFromEach } from './resume.ts';
import { readJira, readOf } from './source.ts';

const PARTITIONS = 20;
const RECORDS = 100;
const ISSUES = 1000;
const SCANNED = ['issues', 'issue_changelogs', 'comments', 'worklogs'];

/** A read of 2,000 records in 20 partitions side by side is resumed from every STATE that it sent. */
export async function everyState(): Promise<Result> {
  const api = await startTestApi({ partitions: PARTITIONS, records: RECORDS, pageSize: 10, perInstant: 3 });
  const folder = mkdtempSync(join(tmpdir(), 'every-state-'));
  try {
    const config = join(folder, 'c.json');
    writeFileSync(config, JSON.stringify({ base_url: api.url, token: api.token }));
    return await resumeFromEach({
      what: `${PARTITIONS * RECORDS} records in ${PARTITIONS} partitions`,
      command: [...readOf('sdk/test/reference-source/main.ts'), '--config', config, '--streams', 'items'],
      records: PARTITIONS * RECORDS,
      folder,
    });
  } finally {
    await api.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The same for four streams of jira-source, three of which share a scan. */
export async function everyStateOfJira(): Promise<Result> {
  const jira = await startJira({ issues: ISSUES, projects: 3, seed: 21 });
  const folder = mkdtempSync(join(tmpdir(), 'every-state-'));
  try {
    return await resumeFromEach({
      what: `${ISSUES} issues with changelogs, comments and worklogs`,
      command: [...readJira(jira, folder), '--streams', SCANNED.join()],
      records: countOf(jira),
      folder,
    });
  } finally {
    await jira.close();
    rmSync(folder, { recursive: true });
  }
}

/** How many records the four streams have, by the issues' own totals. */
function countOf(jira: JiraSandbox): number {
  let count = jira.worklogs().length;
  for (const { id } of jira.ids()) {
    const issue = JSON.parse(jira.issueBytes(id, 'changelog').toString()) as {
      fields: { comment: { total: number } };
      changelog: { total: number };
    };
    count += 1 + issue.fields.comment.total + issue.changelog.total;
  }
  return count;
}
