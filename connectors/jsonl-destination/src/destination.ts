import { defineDestination } from '@headrace/sdk';
import { check } from './check.ts';
import { compactVerb } from './compact-verb.ts';
import { config } from './config.ts';
import { cursorsVerb, manifestVerb, statsVerb } from './look-verbs.ts';
import { stateVerb } from './state-verb.ts';
import { verifyVerb } from './verify-verb.ts';
import { worded } from './worded-verb.ts';
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
  verbs: [
    worded(stateVerb, 'write'),
    ...[manifestVerb, cursorsVerb, statsVerb, verifyVerb].map((verb) => worded(verb, 'read')),
    worded(compactVerb, 'write'),
  ],
});
