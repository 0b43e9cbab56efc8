import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, expect, it } from 'vitest';
import catalog from '../../../specs/jira-source.catalog.json' with { type: 'json' };
import {
  cleanUp,
  configFor,
  data,
  errors,
  file,
  outcome,
  payload,
  type Run,
  run,
  start,
  states,
  statuses,
} from './run.ts';

let jira: JiraSandbox;

async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 150, seed: 7, ...options });
}

afterEach(async () => {
  cleanUp();
  await jira.close();
});

const config = (more: object = {}): string => file(configFor(jira, more));
const read = (args: readonly string[] = [], more: object = {}): Promise<Run> =>
  run(['read', '--config', config(more), ...args]);
const rowsOf = ({ records }: Run, stream: string) => (records.get(stream) ?? []).map(data);
const logged = ({ messages }: Run, level: string): string[] =>
  messages.filter(({ log }) => log?.level === level).map(({ log }) => log.message);

/** Where the records of each list stand in the sandbox, and the context fields that we put behind them. */
const LISTS: Record<string, { paths: string[]; context?: RegExp }> = {
  projects: {
    paths: [
      '/rest/api/3/project/search?status=live,archived,deleted&expand=description,lead,url,projectKeys,insight&maxResults=100',
    ],
  },
  project_versions: { paths: ['/rest/api/3/project/*/version', '/rest/api/3/project/*/version?startAt=50'] },
  project_components: {
    paths: ['/rest/api/3/project/*/component', '/rest/api/3/project/*/component?startAt=50'],
  },
  fields: { paths: ['/rest/api/3/field', '/rest/api/3/field/search'] },
  statuses: { paths: ['/rest/api/3/statuses/search'] },
  issue_types: { paths: ['/rest/api/3/issuetype'] },
  priorities: { paths: ['/rest/api/3/priority/search'] },
  resolutions: { paths: ['/rest/api/3/resolution/search'] },
  issue_link_types: { paths: ['/rest/api/3/issueLinkType'] },
  permission_schemes: { paths: ['/rest/api/3/permissionscheme?expand=all'] },
  workflows: { paths: ['/rest/api/3/workflows/search?expand=values.transitions'] },
  labels: { paths: ['/rest/api/3/label'] },
  boards: { paths: ['/rest/agile/1.0/board', '/rest/agile/1.0/board?startAt=50'] },
  sprints: {
    paths: ['/rest/agile/1.0/board/*/sprint', '/rest/agile/1.0/board/*/sprint?startAt=50'],
    context: /,"boardId":\d+}$/,
  },
  board_issues: {
    paths: ['/rest/software/1.0/board/*/issue?fields=key&maxResults=5000'],
    context: /,"boardId":\d+}$/,
  },
  sprint_issues: {
    paths: ['/rest/software/1.0/sprint/*/issue?fields=key&maxResults=5000'],
    context: /,"sprintId":\d+}$/,
  },
  audit_records: { paths: ['/rest/api/3/auditing/record'] },
};

/** What the sandbox answers at a path; where it has a `*`, at each id that stands for. */
async function answers(path: string, result: Run): Promise<string> {
  const of = path.includes('/project/') ? 'projects' : path.includes('/sprint/*') ? 'sprints' : 'boards';
  const ids = path.includes('*') ? rowsOf(result, of).map(({ id }) => id) : [''];
  const authorization = `Basic ${Buffer.from(`${jira.email}:${jira.apiToken}`).toString('base64')}`;
  const bodies = ids.map(async (id) =>
    (await fetch(jira.url + path.replace('*', id), { headers: { authorization } })).text(),
  );
  return (await Promise.all(bodies)).join('\n');
}

/** Every record must stand in the sandbox's answers byte for byte, and say nothing that its schema does not. */
async function expectVendorsBytes(result: Run): Promise<void> {
  for (const [stream, { paths, context }] of Object.entries(LISTS)) {
    const sent = (await Promise.all(paths.map((path) => answers(path, result)))).join('\n');
    const schema = catalog.streams.find(({ name }) => name === stream)!.json_schema.properties;
    expect(result.records.get(stream)?.length, stream).toBeGreaterThan(0);
    for (const line of result.records.get(stream)!) {
      const text = payload(line).toString();
      const vendors = context ? text.replace(context, '}') : text;
      const own = stream === 'labels' ? vendors.slice('{"label":'.length, -1) : vendors;
      expect(sent.includes(own), `${stream}: ${text}`).toBe(true);
      for (const column of Object.keys(data(line))) expect(schema, stream).toHaveProperty(column);
    }
  }
}

it('reads every list whole, over the caps of Jira’s pages, with the vendor’s bytes', async () => {
  await sandbox({ projects: 40, closedSprints: 60 });
  jira.control.projectStatus({ project: 'OPS', status: 'archived' });
  jira.control.projectStatus({ project: 'SEC', status: 'deleted' });
  const result = await read(['--streams', Object.keys(LISTS).join(',')]);
  expect(result.code).toBe(0);
  for (const stream of Object.keys(LISTS)) expect(statuses(result, stream).at(-1), stream).toBe('COMPLETE');
  await expectVendorsBytes(result);

  const unique = (stream: string, ...key: string[]) =>
    new Set(rowsOf(result, stream).map((row) => JSON.stringify(key.map((name) => row[name])))).size;
  for (const { name, source_defined_primary_key: key } of catalog.streams)
    if (name in LISTS) expect(unique(name, ...key.flat()), name).toBe(result.records.get(name)!.length);

  // What is in the bin says so; what stands in it is read no more.
  expect(rowsOf(result, 'projects').filter(({ deleted }) => deleted)).toMatchObject([{ key: 'SEC' }]);
  expect(unique('project_versions', 'projectId')).toBe(39);
  // 57 in the first project: more than a page.
  expect(rowsOf(result, 'project_components').filter(({ project }) => project === 'ENG')).toHaveLength(57);
  expect(result.records.get('boards')!.length).toBeGreaterThan(43);
  const sprints = rowsOf(result, 'sprints');
  expect(sprints.filter(({ boardId }) => boardId === 1)).toHaveLength(63);
  // Boards share a sprint: it comes once for each, and its issues come once.
  const shared = sprints.filter(({ id }) => (id as unknown) === 10);
  expect(shared.map(({ boardId }) => boardId).sort()).toEqual([2, 3]);
  expect(new Set(rowsOf(result, 'sprint_issues').map(({ sprintId }) => sprintId))).toEqual(
    new Set([7, 8, 9, 10]),
  );
  expect(rowsOf(result, 'board_issues')[0]).toMatchObject({
    boardId: 1,
    key: expect.stringMatching(/^ENG-/),
  });
  // Both lists of fields, each id once: some are in one of them only.
  const fields = rowsOf(result, 'fields').map(({ id }) => id);
  expect(fields).toEqual(expect.arrayContaining(['summary', 'customfield_10000', 'customfield_10991']));
  expect(rowsOf(result, 'labels')).toContainEqual({ label: 'zz-\u2028' });

  expect(logged(result, 'INFO').sort()).toEqual([
    'board_issues: skipped boards that are private or deleted (1)',
    'board_issues: skipped boards without a column that has a status (1)',
    expect.stringMatching(/^sprint_issues: skipped boards that are private or deleted \(1\)$/),
    expect.stringMatching(/^sprint_issues: skipped boards that have no sprints \(\d+\)$/),
    expect.stringMatching(/^sprints: skipped boards that are private or deleted \(1\)$/),
    expect.stringMatching(/^sprints: skipped boards that have no sprints \(\d+\)$/),
  ]);
});

it('keeps to the configured projects where lists belong to one', async () => {
  await sandbox();
  const names = 'projects,project_versions,boards,sprints,board_issues';
  const result = await read(['--streams', names], { projects: ['OPS', 'WEB'] });
  expect(result.records.get('projects')).toHaveLength(6);
  expect(result.records.get('boards')).toHaveLength(10);
  const keys = new Set(rowsOf(result, 'project_versions').map(({ projectId }) => projectId));
  expect(keys).toEqual(new Set([10_001, 10_002]));
  // Board 3 is a person's: it is in no project.
  const wanted = rowsOf(result, 'boards').filter(({ location }) =>
    ['OPS', 'WEB', undefined].includes((location as { projectKey?: string }).projectKey),
  );
  const boards = new Set(wanted.map(({ id }) => id as unknown));
  expect(boards.size).toBeLessThan(10);
  for (const stream of ['sprints', 'board_issues'])
    for (const { boardId } of rowsOf(result, stream)) expect(boards).toContain(boardId);
});

it('passes real recorded lists through with equal bytes', async () => {
  await sandbox({ recorded: true });
  const result = await read(['--streams', 'issue_types,statuses,boards,sprints,projects']);
  expect(result.code).toBe(0);
  const counts = ['issue_types', 'statuses', 'boards', 'sprints', 'projects'].map(
    (stream) => result.records.get(stream)!.length,
  );
  expect(counts).toEqual([7, 53, 2, 30, 13]);
  const sent = (
    await Promise.all(
      ['/rest/api/3/issuetype', '/rest/agile/1.0/board/*/sprint'].map((path) => answers(path, result)),
    )
  ).join();
  for (const line of [...result.records.get('issue_types')!, ...result.records.get('sprints')!])
    expect(sent).toContain(
      payload(line)
        .toString()
        .replace(/,"boardId":\d+}$/, '}'),
    );
});

it('passes over what goes away while it is read, with a count', async () => {
  await sandbox();
  jira.control.issueLinking({ enabled: false });
  jira.control.hold({ route: '/rest/api/3/project/*/version' });
  jira.control.hold({ route: '/rest/software/1.0/sprint/8/issue' });
  const streams = 'project_versions,sprint_issues,issue_link_types';
  const done = outcome(start(['read', '--config', config(), '--streams', streams]));
  await expect.poll(() => jira.stats().held, { timeout: 20_000 }).toBe(7);
  jira.control.revokeProject({ project: 'OPS' });
  jira.control.deleteSprint({ sprint: 8 });
  jira.control.release();
  const result = await done;
  expect(result.code).toBe(0);
  for (const stream of streams.split(',')) expect(statuses(result, stream).at(-1)).toBe('COMPLETE');
  expect(new Set(rowsOf(result, 'project_versions').map(({ projectId }) => projectId)).size).toBe(5);
  expect(new Set(rowsOf(result, 'sprint_issues').map(({ sprintId }) => sprintId))).toEqual(
    new Set([7, 9, 10]),
  );
  expect(logged(result, 'INFO')).toEqual(
    expect.arrayContaining([
      'project_versions: skipped projects that became invisible during the read (1)',
      'sprint_issues: skipped sprints that disappeared during the read (1)',
      'issue_link_types: skipped the list, because issue linking is disabled on this site (1)',
    ]),
  );
});

it('keeps the other streams going where an endpoint always fails, and names the permissions that are lacking', async () => {
  await sandbox();
  jira.control.fail({ route: '/rest/api/3/label', kind: '500', times: null });
  jira.control.fail({ route: '/rest/software/1.0/sprint/8/issue', kind: '503', times: null });
  jira.control.fail({ route: '/rest/agile/1.0/board/2/sprint', kind: '500', times: null });
  jira.control.denyPermissions({ permissions: ['ADMINISTER', 'ADMINISTER_PROJECTS'] });
  const result = await read();
  expect(result.code).toBe(1);
  const broken = ['labels', 'sprints', 'sprint_issues'];
  const left = {
    audit_records: 'Administer Jira',
    statuses: 'Administer projects',
    workflows: 'Administer Jira',
  };
  for (const stream of Object.keys(LISTS)) {
    const end = stream in left ? undefined : broken.includes(stream) ? 'INCOMPLETE' : 'COMPLETE';
    expect(statuses(result, stream).at(-1), stream).toBe(end);
  }
  const failed = errors(result).map(({ stream_descriptor }) => stream_descriptor!.name);
  expect(new Set(failed)).toEqual(new Set(broken));
  const told = errors(result).filter(({ stream_descriptor }) => stream_descriptor!.name === 'sprint_issues');
  expect(told.map(({ message }) => message.split(':')[0]).sort()).toEqual([
    'sprint_issues (8)',
    'sprint_issues (board 2)',
  ]);
  // The other sprints arrived, those of the other boards too.
  const sprints = rowsOf(result, 'sprint_issues').map(({ sprintId }) => sprintId);
  expect(new Set(sprints)).toEqual(new Set([7, 9, 10]));
  for (const [stream, permission] of Object.entries(left))
    expect(logged(result, 'WARN').join()).toContain(
      `${stream} is left out: the credential lacks the permission “${permission}”`,
    );
});

it('reads the audit log once: what was added since, late entries of the safety window too', async () => {
  await sandbox({ auditRecords: 2400 });
  // A crowd in one instant, more than a page of it.
  jira.control.audit({ count: 1500, at: jira.now() - 7_200_000 });
  const args = ['--streams', 'audit_records'];
  const saved = (result: Run) =>
    file(states(result, 'audit_records').map(({ state }) => ({ type: 'STREAM', ...state })));
  const first = await read(args);
  expect(new Set(rowsOf(first, 'audit_records').map(({ id }) => id)).size).toBe(3900);
  expect(first.records.get('audit_records')).toHaveLength(3900);
  // Jira's Date, where the scan ends, says whole seconds: what is of this very second is the next run's.
  jira.control.audit({ count: 3, at: jira.now() - 1000 });
  jira.control.audit({ count: 2, at: jira.now() - 600_000 });
  const second = await read([...args, '--state', saved(first)]);
  expect(
    rowsOf(second, 'audit_records')
      .map(({ id }) => Number(id))
      .sort(),
  ).toEqual([13_900, 13_901, 13_902, 13_903, 13_904]);
});
