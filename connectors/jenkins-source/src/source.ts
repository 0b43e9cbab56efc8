import { defineSource } from '@headrace/sdk';
import { jenkinsApi } from './api.ts';
import { config } from './config.ts';
import { nodes } from './streams/nodes.ts';

/** All streams. */
export const streams = [nodes];

/** Jenkins, by its remote API. */
export default defineSource({
  name: 'jenkins-source',
  vendor: 'jenkins',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/jenkins-source',
  config,
  start: 'start_date',
  origin: ({ base_url }) => new URL(base_url).host,
  open: jenkinsApi,
  concurrency: ({ concurrency }) => concurrency,
  check: (api) => api.whoAmI(),
  streams,
});
