import { defineSource } from '@headrace/sdk';
import { jiraApi } from './api.ts';
import { config } from './config.ts';
import { ON_DATA_CENTER } from './data-center.ts';
import { fields } from './streams/fields.ts';
import { issues } from './streams/issues.ts';
import { projects } from './streams/projects.ts';
import { users } from './streams/users.ts';

/** Every stream; a Data Center has some of them. */
export const streams = [projects, users, fields, issues];

/** Jira Cloud and Jira Data Center. */
export default defineSource({
  name: 'jira-source',
  vendor: 'jira',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/jira-source',
  config,
  origin: ({ base_url }) => new URL(base_url).host,
  open: jiraApi,
  concurrency: ({ concurrency }) => concurrency,
  check: async (api) => {
    await api.whoAmI();
    await api.projects();
  },
  streams: async ({ deployment }) =>
    deployment === 'cloud' ? streams : streams.filter(({ name }) => ON_DATA_CENTER.has(name)),
  close: async (api) => api.close(),
});
