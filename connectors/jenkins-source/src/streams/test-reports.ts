import { childPages, defineStream, openChildren, type Page, parentOf } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { BUILD, buildsBy, wantedBy } from '../builds/cursor.ts';
import { omittedFrom } from '../builds/reports.ts';
import { TESTED } from '../builds/trees.ts';
import type { Job } from '../jobs/item.ts';
import { flag, integer, number, objects, text } from '../schemas.ts';

/** The test reports of builds. */
export const testReports = defineStream<JenkinsApi>()({
  name: 'test_reports',
  description: 'The test report of a build. While the build runs, it is sent again when it changes.',
  schema: {
    properties: {
      _class: text,
      duration: { ...number, description: 'in seconds' },
      empty: flag,
      failCount: integer,
      passCount: integer,
      skipCount: integer,
      totalCount: { ...integer, description: 'of a report that consists of others' },
      urlName: text,
      suites: objects,
      childReports: { ...objects, description: 'of modules or configurations' },
      testActions: objects,
      jobFullName: { type: 'string' },
      number: { type: 'integer', description: 'of the build' },
      timestamp: { type: 'integer', description: 'of the build' },
      omitted: { ...text, description: 'members that are left out, because the report is too large' },
    },
  },
  primaryKey: ['jobFullName', 'number', 'timestamp'],
  cursorField: 'timestamp',
  record: { ...BUILD, actions: 'actions' },
  partitions: (api, _saved, listing) => api.jobs(listing),
  cursor: ({ config }) => openChildren(buildsBy(config)),
  read: ({ api, partition: job, from, select }) => {
    const isWanted = wantedBy(from);
    return childPages(api.buildsWith(job, from, { tree: TESTED, select }), {
      record: { ...BUILD, actions: 'actions' },
      key: 'number',
      wants: (page, row) => hasReport(page, row) && isWanted(page, row),
      ask: (page, row) => api.reports.of(job, page.id(row, 'number') ?? '', select),
      most: api.config.concurrency,
    });
  },
  context: {
    jobFullName: (_page, _row, job: Job) => job.key,
    number: (page) => Number(parentOf(page).id(0, 'number')),
    timestamp: (page) => Number(parentOf(page).id(0, 'timestamp')),
    omitted: (page) => omittedFrom(page),
  },
});

/** Whether an action of the build says that there is a report. */
function hasReport(page: Page, row: number): boolean {
  const actions = page.value(row, 'actions');
  return (
    Array.isArray(actions) &&
    (actions as Array<{ _class?: unknown; urlName?: unknown } | null>).some(
      (action) => action?.urlName === 'testReport' || String(action?._class).endsWith('TestResultAction'),
    )
  );
}
