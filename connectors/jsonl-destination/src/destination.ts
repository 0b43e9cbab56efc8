import { defineDestination } from '@headrace/sdk';
import { check } from './check.ts';
import { config } from './config.ts';
import { verbs } from './verbs.ts';
import { jsonlWriter } from './writer.ts';

/** JSONL files with states and data committed together: the files are the state store. */
export default defineDestination({
  name: 'jsonl-destination',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/jsonl-destination',
  config,
  supportedModes: ['append', 'overwrite', 'append_dedup'],
  state: true,
  check,
  open: jsonlWriter,
  verbs,
});
