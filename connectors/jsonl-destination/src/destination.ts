import { defineDestination } from '@headrace/sdk';
import { config } from './config.ts';
import { check } from './place/check.ts';
import { jsonlWriter } from './store/writer.ts';
import { verbs } from './verbs/verbs.ts';

/** JSONL files. States and data are committed together, so the folder is also the state store. */
export default defineDestination({
  name: 'jsonl-destination',
  documentationUrl: 'https://github.com/headrace/headrace/tree/main/connectors/jsonl-destination',
  config,
  supportedModes: ['append', 'overwrite', 'append_dedup'],
  state: true,
  target: ['path'],
  source: 'source',
  check,
  open: jsonlWriter,
  verbs,
});
