import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectorSpecification } from '@headrace/sdk/protocol';
import { asHeadraceError } from '@headrace/sdk/spec';
import { processConnector } from '../connector/connector.ts';
import { holderName, isAlive, openWorkFolder, processName } from '../connector/work-folder.ts';
import type { JobEnd } from '../engine/job.ts';
import type { Ports } from '../engine/ports.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { type Listener, runEvents } from '../listeners/run-events.ts';
import { writeLog } from '../listeners/write-log.ts';
import { isSinger } from '../singer/reference.ts';
import { singerTap } from '../singer/tap.ts';
import { singerTarget } from '../singer/target.ts';
import { PRIVATE_FOLDER } from '../stores/atomic-write.ts';
import { fileBudgets } from '../stores/budgets.ts';
import { openStores, type Stores } from '../stores/open-stores.ts';
import { fileQuarantine } from '../stores/quarantine.ts';
import { runLogs } from '../stores/run-logs.ts';
import { fileStates } from '../stores/states.ts';
import { fileTokens } from '../stores/tokens.ts';
import type { Context } from './context.ts';

/** The engine's ports on this machine, for one tenant. `close` deletes the files that connectors were given. */
export interface MachinePorts {
  readonly ports: Ports;
  readonly stores: Stores;
  /** Adds a listener of the runs' events. */
  listen(listener: Listener): void;
  readonly logs: ReturnType<typeof runLogs>;
  close(): void;
}

/** What the ports need of a verb's surroundings. */
type Around = Pick<Context, 'flags' | 'secrets' | 'env' | 'clock'>;

/** Messages that were shown once in a command. */
const said = new WeakMap<Around, Set<string>>();

/**
 * Everything is kept under `.headrace/<tenant>/` beside the jobs file.
 * @param show called for each event; default: nothing is shown
 */
export function machinePorts(
  file: Pick<LoadedFile, 'folder' | 'tenant'>,
  context: Around,
  show?: Listener,
): MachinePorts {
  const { clock, env, secrets, flags } = context;
  const scrub = (text: string) => secrets.scrub(text);
  const root = join(file.folder, '.headrace');
  const kept = join(root, file.tenant);
  mkdirSync(kept, { recursive: true, mode: PRIVATE_FOLDER });
  const processes = { self: processName, isAlive };
  // Each run has a name of its own: a token that can be used once is not shared by two runs of one process either.
  const self = holderName();
  const tokens = fileTokens(
    join(file.folder, 'secrets', file.tenant),
    { ...processes, self: () => self },
    clock,
  );
  const work = openWorkFolder(join(kept, 'work'), clock.now());
  // Also if this process ends unexpectedly, because the files contain secrets (invariant 6).
  const remove = () => {
    work.remove();
    tokens.release();
  };
  process.once('exit', remove);
  const specs = new Map<string, ConnectorSpecification>();
  const logs = runLogs(root, clock.now, secrets);
  const log = writeLog(logs.open);
  const shown: Listener = (event) => {
    if (show && (event.type !== 'log' || !event.once || isNew(context, event.message))) show(event);
  };
  const events = runEvents([shown, log], (error) => {
    const { message } = asHeadraceError(error);
    shown({
      type: 'log',
      origin: 'runner',
      level: 'ERROR',
      message: `what a run reports is lost: ${message}`,
    });
  });
  const { emit } = events;
  const warn = (message: string) => emit({ type: 'log', origin: 'runner', level: 'WARN', message });
  const { tenant } = file;
  const stores = openStores(root, tenant, processes, secrets, warn);
  const childEnv = flags.logLevel ? { ...env, LOG_LEVEL: flags.logLevel } : env;
  return {
    ports: {
      connect(end, _job, role) {
        const connector = connectorFor(role, end)(end, {
          folder: file.folder,
          env: childEnv,
          work,
          clock,
          scrub,
        });
        return {
          ...connector,
          // A spec does not change within a command, so a connector is asked once, however many jobs use it.
          async spec(call) {
            const spec = specs.get(end.connector) ?? (await connector.spec(call));
            specs.set(end.connector, spec);
            return spec;
          },
        };
      },
      states: fileStates(root),
      quarantine: fileQuarantine(root, clock.now, secrets),
      history: stores.history,
      tokens,
      budgets: fileBudgets(env),
      clock,
      random: Math.random,
      emit,
      secrets,
    },
    stores,
    listen: events.listen,
    logs,
    close() {
      process.removeListener('exit', remove);
      remove();
      events.end();
      log.close();
      stores.close();
    },
  };
}

function connectorFor(role: 'source' | 'destination', end: JobEnd) {
  if (!isSinger(end.connector)) return processConnector;
  return role === 'source' ? singerTap : singerTarget;
}

function isNew(context: Around, message: string): boolean {
  const before = said.get(context) ?? new Set();
  said.set(context, before);
  return !before.has(message) && Boolean(before.add(message));
}
