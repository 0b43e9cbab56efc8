import { entriesByBytes } from '@headrace/sdk';
import { hasPanel } from '../development/development.ts';
import { PANEL } from '../development/panel-answers.ts';
import { CENSUS, type Issue, issueScan } from '../issues/scan.ts';

const list = (description: string) => ({
  type: ['null', 'array'],
  items: { type: 'object', additionalProperties: true },
  description,
});

interface Panelled extends Issue {
  readonly applicationType: string;
  readonly dataType: string;
}

/** A Development panel in the format of `/rest/dev-status/1.0/issue/detail`, plus the parameters of the request. */
const schema = {
  properties: {
    detail: {
      type: ['null', 'array'],
      description: 'one entry for each instance of the provider',
      items: {
        type: 'object',
        properties: {
          repositories: list('with the commits that refer to the issue'),
          branches: list('with the issue’s key in their names'),
          pullRequests: list('that refer to the issue'),
          _instance: {
            type: ['null', 'object'],
            properties: {
              id: { type: ['null', 'string'] },
              name: { type: ['null', 'string'] },
              baseUrl: { type: ['null', 'string'] },
              type: { type: ['null', 'string'] },
              typeName: { type: ['null', 'string'] },
              singleInstance: { type: ['null', 'boolean'] },
            },
            additionalProperties: true,
          },
        },
        additionalProperties: true,
      },
    },
    errors: list('always empty, because a panel with errors is not sent'),
    issueId: { type: 'string' },
    issueKey: { type: ['null', 'string'], description: 'the key when the panel was read' },
    applicationType: { type: 'string', description: 'the provider, as Jira names it: GitHub, stash, …' },
    dataType: { type: 'string', description: 'pullrequest, repository, branch, build, …' },
  },
} as const;

/**
 * What development tools know about an issue. A panel changes without the issue's `updated`, so the panels of
 * recently updated issues are requested again each time, and sent if their bytes changed.
 */
export const devStatus = issueScan.entries({
  name: 'dev_status',
  description:
    'A Development panel of an issue: one provider’s data of one kind (pull requests, branches, commits, builds). Sent again if it changed.',
  schema,
  primaryKey: ['issueId', 'applicationType', 'dataType'],
  cursorField: 'issueId',
  follows: CENSUS,
  record: PANEL,
  sent: entriesByBytes<Panelled>(
    ({ key, applicationType, dataType }) => `${key}/${applicationType}/${dataType}`,
  ),
  // Each issue costs a request, and each of its panels another one.
  atOnce: 50,
  lookbackMs: ({ config }) => config.dev_status_lookback_days * DAY_MS,
  read: async function* ({ api, parents, select, doubt }) {
    const field = await api.development.field();
    const issues = parents.map((parent) => ({
      parent,
      id: parent.key,
      key: parent.page.text(parent.row, 'key') ?? parent.key,
      hasPanel: hasPanel(parent.page.record(parent.row), field),
      isAskedAgain: parent.isAskedAgain,
    }));
    const gone = (what: string): void => {
      api.passedOver.add('dev_status', what);
      doubt();
    };
    const panels = api.development.panels(issues, select('.'), gone);
    for await (const { issue, applicationType, dataType, page } of panels)
      yield { page, owner: { ...issue.parent, applicationType, dataType } };
  },
  context: {
    issueId: (_page, _row, panel) => panel.key,
    issueKey: (_page, _row, panel) => panel.page.text(panel.row, 'key'),
    applicationType: (_page, _row, panel) => panel.applicationType,
    dataType: (_page, _row, panel) => panel.dataType,
  },
});

const DAY_MS = 86_400_000;
