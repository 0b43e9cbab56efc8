import { type HttpClient, ifFound, isHeadraceError, type Log, type Page, type Select } from '@headrace/sdk';
import { type Requests, requestsOf } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';
import { mustBeThere } from './alone.ts';

/** A larger report is not held in memory. It is asked for again with less. */
export const LARGEST_REPORT = 32 << 20;

const CASE = 'className,name,status,duration,age,failedSince,skipped,skippedMessage';
const SUITES = (fields: string): string =>
  `suites[id,name,duration,timestamp,nodeId,enclosingBlockNames,cases[${fields}]]`;
const COUNTS = 'duration,empty,failCount,passCount,skipCount,totalCount';
const report = (fields: string): string => {
  const suites = SUITES(fields);
  return `_class,${COUNTS},${suites},childReports[child[number,url],result[_class,${COUNTS},${suites}]]`;
};

/** What is asked of a report, from everything to the counts, and what is left out each time. */
const LEVELS = [
  { tree: undefined, omitted: undefined },
  { tree: report(`${CASE},errorDetails,errorStackTrace`), omitted: 'stdout, stderr' },
  { tree: report(CASE), omitted: 'stdout, stderr, errorDetails, errorStackTrace' },
  { tree: `_class,${COUNTS}`, omitted: 'suites, childReports' },
] as const;

/** Asks for test reports. */
export interface Reports {
  /** The report of a build; undefined if it has none, or is gone. */
  of(job: Job, number: string, select: Select<string>): Promise<Page | undefined>;
}

const omissions = new WeakMap<Page, string>();

/** What a report was asked for without, because it is too large; undefined: it is whole. */
export const omittedFrom = (page: Page): string | undefined => omissions.get(page);

/** @param http a client that takes answers of at most `LARGEST_REPORT` bytes */
export function reportsOf(http: HttpClient, log: Log): Reports {
  const requests: Requests = requestsOf(http);
  return {
    async of(job, number, select) {
      const path = `${job.path}/${number}/testReport/api/json`;
      for (const { tree, omitted } of LEVELS) {
        try {
          const page = await ifFound(requests.page({ path, query: { tree } }, select('.'), { tries: 3 }));
          if (!page) {
            // The build's actions say that there is one: it was removed, or all of it is out of sight.
            await mustBeThere(requests, job);
            return undefined;
          }
          if (omitted !== undefined) {
            omissions.set(page, omitted);
            log.warn(
              `test_reports: the report of ${job.key} #${number} is too large; it is sent without ${omitted}`,
            );
          }
          return page;
        } catch (error) {
          const isTooLarge = isHeadraceError(error) && error.code === 'http.too_large';
          if (!isTooLarge || tree === LEVELS.at(-1)?.tree) throw error;
        }
      }
      return undefined;
    },
  };
}
