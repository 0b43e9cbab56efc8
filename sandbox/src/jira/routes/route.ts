import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import type { Route } from '../../http/route.ts';
import type { Site } from '../site.ts';

/** An entry of Jira's route tables. `handle` answers a caller with valid credentials. */
export interface JiraRoute extends Route<Site> {
  /** Answers any other caller; usually an empty result with status 200. */
  anonymous(site: Site, call: Call): Answer | Promise<Answer>;
}
