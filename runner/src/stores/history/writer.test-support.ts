/** A process that begins and ends runs until it is killed. Its argument is the folder of the history. */
import { Secrets } from '@headrace/sdk/protocol';
import { tenantDatabase } from '../database.ts';
import { sqliteHistory } from './history.ts';

const database = tenantDatabase(process.argv[2] as string, 'acme');
const processes = { self: () => 'other', isAlive: () => false };
const history = sqliteHistory(() => database, processes, new Secrets());
const counts = { records: 1, bytes: 1, committed: 1, rejected: 0, states: 1, waitedMs: 0, generation: 0 };

for (let k = 0; k < 100_000; k++) {
  const entry = await history.begin({ tenant: 'acme', name: 'theirs' }, { check: true }, k);
  const streams = [{ name: 'a', status: 'COMPLETE' as const, complete: true, ...counts }];
  await history.end({ ...entry, ended: k, outcome: 'complete', exitCode: 0, streams });
  if (k === 3) process.send?.('started');
}
