import { join } from 'node:path';
import { elementsOf, skipValue, valueAt } from '../../http/jsonBytes.ts';
import { bodies, ownRecordings } from '../../http/recorded.ts';
import { put, putAscii } from '../../http/writer.ts';
import type { IssueBook } from '../data/book.ts';
import type { Person } from '../data/people.ts';
import type { Project } from '../data/projects.ts';
import { type World, worldOf } from '../data/world.ts';
import type { JiraSettings } from '../options.ts';
import { recordedPanels } from './recordedPanels.ts';
import { addRow, emptyRows } from './rows.ts';
import { type IssueStore, issueStore } from './store.ts';

/** A site that serves recorded issues, projects and users byte for byte. */
export function recordedSite(settings: JiraSettings): { world: World; store: IssueStore; book: IssueBook } {
  const folder = folderOf(settings);
  const issues = bodies(join(folder, 'jira_issues.jsonl'))
    .map((bytes) => ({ bytes, facts: JSON.parse(bytes.toString()) as RecordedIssue }))
    .sort((a, b) => Number(a.facts.id) - Number(b.facts.id));
  const projects = recordedProjects(bodies(join(folder, 'jira_projects.jsonl')), issues);
  const people = bodies(join(folder, 'jira_users.jsonl')).map(recordedPerson);
  const rows = emptyRows(issues.length);
  for (const { facts } of issues) {
    const project = projects.find(({ id }) => id === facts.fields.project.id)!.index;
    const number = Number(facts.key.slice(facts.key.lastIndexOf('-') + 1));
    addRow(
      rows,
      Number(facts.id),
      project,
      number,
      Date.parse(facts.fields.created),
      Date.parse(facts.fields.updated),
    );
  }
  const world: World = { ...worldOf({ ...settings, projects: 1, users: 1 }), projects, people };
  const store = issueStore(rows, projects);
  // Anonymising scrambled issue keys and project keys independently, so an issue is found by its own key.
  for (const [n, { facts }] of issues.entries()) store.laterKeys.set(facts.key, n);
  const worklogs = bodies(join(folder, 'jira_worklogs.jsonl'));
  return {
    world,
    store,
    book: {
      ...recordedBook(
        issues.map(({ bytes }) => bytes),
        worklogs,
      ),
      ...recordedPanels(
        issues.map(({ facts }) => facts.fields.customfield_10000),
        bodies(join(folder, 'jira_development_panels.jsonl')),
      ),
    },
  };
}

interface RecordedIssue {
  id: string;
  key: string;
  fields: {
    created: string;
    updated: string;
    project: { id: string; key: string; name: string };
    customfield_10000: string;
  };
}

/** The folder with the recordings to serve. */
export function folderOf({ recorded }: JiraSettings): string {
  return typeof recorded === 'string' ? recorded : ownRecordings('jira_issues.jsonl');
}

/** The listed projects, plus those known only from issues. */
function recordedProjects(
  listed: Buffer[],
  issues: readonly { bytes: Buffer; facts: RecordedIssue }[],
): Project[] {
  const ids = new Set(listed.map((bytes) => (JSON.parse(bytes.toString()) as { id: string }).id));
  const more = new Map<string, Buffer>();
  for (const { bytes, facts } of issues) {
    const at = valueAt(bytes, 'fields', 'project');
    if (!ids.has(facts.fields.project.id))
      more.set(facts.fields.project.id, bytes.subarray(at, skipValue(bytes, at)));
  }
  return [...listed, ...more.values()].map((bytes, index) => {
    const { id, key, name, simplified } = JSON.parse(bytes.toString()) as {
      id: string;
      key: string;
      name: string;
      simplified: boolean;
    };
    return {
      index,
      id,
      key,
      formerKeys: [],
      keyPrefix: Buffer.from(`${key}-`),
      name,
      teamManaged: simplified,
      status: 'live',
      visible: true,
      reference: bytes,
      listed: bytes.subarray(0, -1),
    };
  });
}

function recordedPerson(bytes: Buffer): Person {
  const { accountId, displayName, active } = JSON.parse(bytes.toString()) as Person;
  return { accountId, displayName, searched: [], active, reference: bytes, listed: bytes };
}

interface RecordedWorklog {
  id: string;
  issueId: string;
  created: string;
  updated: string;
}

function recordedBook(
  issues: readonly Buffer[],
  worklogs: readonly Buffer[],
): Omit<IssueBook, 'panelsOf' | 'panelDetail'> {
  const known = new Set(issues.map((bytes) => (JSON.parse(bytes.toString()) as RecordedIssue).id));
  const logged = worklogs
    .map((bytes) => ({ bytes, facts: JSON.parse(bytes.toString()) as RecordedWorklog }))
    .sort((a, b) => Date.parse(a.facts.created) - Date.parse(b.facts.created));
  const histories = (n: number): Buffer[] => {
    const at = valueAt(issues[n]!, 'changelog', 'histories');
    return at < 0 ? [] : elementsOf(issues[n]!, at).reverse();
  };
  return {
    fixed: true,
    putIssue: (out, version) => put(out, issues[version.n]!),
    putCommentPage: (out, version, startAt, maxResults) => {
      const bytes = issues[version.n]!;
      const at = valueAt(bytes, 'fields', 'comment', 'comments');
      const comments = at < 0 ? [] : elementsOf(bytes, at);
      putAscii(
        out,
        `{"startAt":${startAt},"maxResults":${maxResults},"total":${comments.length},"comments":[`,
      );
      for (const [i, comment] of comments.slice(startAt, startAt + maxResults).entries()) {
        if (i > 0) putAscii(out, ',');
        put(out, comment);
      }
      putAscii(out, ']}');
    },
    worklogsOf: ({ id }) =>
      logged.flatMap(({ facts }, index) =>
        facts.issueId === String(id)
          ? [
              {
                index,
                id: Number(facts.id),
                created: Date.parse(facts.created),
                updated: Date.parse(facts.updated),
                edits: 0,
              },
            ]
          : [],
      ),
    putWorklog: (out, _, { index }) => put(out, logged[index]!.bytes),
    strayWorklogs: logged
      .filter(({ facts }) => !known.has(facts.issueId))
      .map(({ bytes, facts }) => ({ id: Number(facts.id), updated: Date.parse(facts.updated), bytes })),
    historyTimes: ({ n }) =>
      histories(n).map((entry) => Date.parse((JSON.parse(entry.toString()) as { created: string }).created)),
    putHistory: (out, { n }, i) => put(out, histories(n)[i]!),
  };
}
