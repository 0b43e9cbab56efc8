import type { Verb } from '@headrace/sdk';
import { cursorsVerb, lookVerb, type StoreVerbs, stateVerb, verifyVerb } from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import { rootOf } from '../place/place.ts';
import type { FilePart, JournalStore } from '../store/journal-store.ts';
import { openFolder } from '../store/writer.ts';
import { compactVerb } from './compact-verb.ts';
import { manifestLook, statsLook } from './look-verbs.ts';
import { worded } from './worded-verb.ts';

const folder: StoreVerbs<JsonlConfig, FilePart, JournalStore> = {
  open: openFolder,
  owner: ({ source, state_scope: scope }) => ({ source, scope }),
  place: (config, env) => rootOf(config, env.processEnv),
};

const nothing = {
  facts: { files: 0, records: 0, compressed_bytes: 0, lone_surrogates: [] },
  text: 'no files',
};
const verifies =
  'read every file and compare it with the journal and the manifest; exits with 1 if something is wrong';

/** The destination's own commands. */
export const verbs: ReadonlyArray<Verb<JsonlConfig>> = [
  worded(stateVerb(folder), 'write'),
  ...[
    lookVerb(folder, manifestLook),
    cursorsVerb(folder),
    lookVerb(folder, statsLook),
    verifyVerb(folder, verifies, nothing),
  ].map((verb) => worded(verb, 'read')),
  worded(compactVerb(folder), 'write'),
];
