import type { Secrets } from '@headrace/sdk/protocol';
import type { DeadLetterStore, HistoryStore, MarkStore, PauseStore } from '../engine/ports.ts';
import { tenantDatabase } from './database.ts';
import { sqliteHistory } from './history/history.ts';
import { importFiles } from './history/import-files.ts';
import { sqliteLetters } from './history/letters.ts';
import { sqliteMarks } from './marks.ts';
import { sqlitePauses } from './pauses.ts';
import type { Processes } from './processes.ts';

/** What is kept in a tenant's database. */
export interface Stores {
  readonly history: HistoryStore;
  readonly letters: DeadLetterStore;
  readonly pauses: PauseStore;
  readonly marks: MarkStore;
  close(): void;
}

/** @param warn called for what cannot be taken over from an earlier version */
export function openStores(
  root: string,
  tenant: string,
  processes: Processes,
  secrets: Secrets,
  warn: (message: string) => void,
): Stores {
  const database = tenantDatabase(root, tenant, (db) => importFiles(db, root, tenant, warn));
  const ofTenant = () => database;
  return {
    history: sqliteHistory(ofTenant, processes, secrets),
    letters: sqliteLetters(ofTenant),
    pauses: sqlitePauses(ofTenant),
    marks: sqliteMarks(ofTenant),
    close: database.close,
  };
}
