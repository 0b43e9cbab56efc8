import {
  anonymous,
  basic,
  type HttpClient,
  type OpenContext,
  type OpenRange,
  type Page,
  type Select,
} from '@headrace/sdk';
import { classifier } from './answers/classify.ts';
import { type Requests, requestsOf } from './answers/requests.ts';
import { completePages } from './builds/complete.ts';
import type { BuildQuery } from './builds/lists.ts';
import { buildPages } from './builds/pages.ts';
import { LARGEST_REPORT, type Reports, reportsOf } from './builds/reports.ts';
import { type Stages, stagesOf } from './builds/stages.ts';
import { buildTree, CULPRITS, STATUS } from './builds/trees.ts';
import { type Config, startOf } from './config.ts';
import type { Job } from './jobs/item.ts';
import { type Jobs, jobsOf, type ListedFolder } from './jobs/jobs.ts';
import { wholePage } from './jobs/whole.ts';

/** What the streams use of Jenkins's remote API. */
export interface JenkinsApi extends Pick<Jobs, 'jobs' | 'folders' | 'check'> {
  readonly config: Config;
  readonly http: HttpClient;
  readonly requests: Requests;
  readonly log: OpenContext['log'];
  /** The builds of a job with everything that the configuration asks for. */
  builds<R extends string>(
    job: Job,
    from: OpenRange,
    select: Select<R | 'number'>,
  ): AsyncIterable<Page<never, R | 'number'>>;
  /** The builds of a job with what a query asks for. */
  buildsWith<R extends string>(
    job: Job,
    from: OpenRange,
    query: BuildQuery<R>,
  ): AsyncGenerator<Page<never, R | 'number'>>;
  readonly stages: Stages;
  readonly reports: Reports;
  /** The records of a folder's selected items. */
  jobPage<R extends string>(folder: ListedFolder, select: Select<R>): Promise<Page<never, R>>;
}

/** Called once, before any request. */
export function jenkinsApi(config: Config, { http: createHttp, log }: OpenContext): JenkinsApi {
  const { base_url: baseUrl, credentials } = config;
  const client = {
    baseUrl,
    // Sent with every request: Jenkins never asks for credentials.
    auth: credentials.auth_type === 'none' ? anonymous : basic(credentials.username, credentials.api_token),
    classify: classifier(config),
    // Otherwise texts and the name of the built-in node are in the server's own language.
    headers: { 'accept-language': 'en' },
  };
  const http = createHttp(client);
  const requests = requestsOf(http);
  const jobs = jobsOf(config, requests, log);
  const start = startOf(config);
  const tree = buildTree(config);
  const listedOnly = config.include_culprits ? CULPRITS : undefined;
  return {
    config,
    http,
    requests,
    log,
    ...jobs,
    jobPage: (folder, select) => wholePage(requests, folder, folder.selected, select),
    builds: (job, from, select) => {
      if (!config.complete_builds)
        return buildPages(requests, job, from, { tree, listedOnly, select }, start);
      const pages = buildPages(requests, job, from, { tree: STATUS, select }, start);
      return completePages(requests, job, pages, from.wants, {
        tree,
        select,
        concurrency: config.concurrency,
        log,
      });
    },
    buildsWith: (job, from, query) => buildPages(requests, job, from, query, start),
    stages: stagesOf(requests, log),
    reports: reportsOf(createHttp({ ...client, maxAnswerBytes: LARGEST_REPORT }), log),
  };
}
