import { defineSource } from '@headrace/sdk';
import { jiraApi } from './api.ts';
import { config } from './config.ts';
import { fields } from './streams/fields.ts';
import { issues } from './streams/issues.ts';
import { projects } from './streams/projects.ts';
import { users } from './streams/users.ts';

/** Jira Cloud. */
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
  streams: [projects, users, fields, issues],
});
