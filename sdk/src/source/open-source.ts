import { createHttp, type HttpClient, type HttpEnv } from '../http/index.ts';
import { DEFAULT_CONCURRENCY } from '../http/limits/limiter.ts';
import { plainHttpWarning } from '../http/plain-http.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { CursorEnv } from './cursor.ts';
import type { AnySource, OpenContext, Reading } from './define-source.ts';

/** What a process provides to a source, instead of global state. */
export interface SourceEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly backoff?: HttpEnv['backoff'];
  readonly machine?: HttpEnv['machine'];
  readonly onThrottled?: (until: number) => void;
  readonly onSecrets: (values: readonly string[]) => void;
  /** Removes known secrets from a text. */
  readonly scrub?: (text: string) => string;
  readonly updateConfig: OpenContext['updateConfig'];
}

/** An opened source: its API, and what the engine needs from its HTTP clients. */
export interface OpenedSource {
  readonly api: unknown;
  readonly cursorEnv: CursorEnv;
  /** The most requests in flight at a time. */
  readonly concurrency: number;
  close(): Promise<void>;
}

const NO_DATE_MARGIN_MS = 3_600_000;

export async function openSource(
  source: AnySource,
  config: unknown,
  env: SourceEnv,
  reading?: Reading,
): Promise<OpenedSource> {
  const clients: HttpClient[] = [];
  const warned = new Set<string>();
  const { onSecrets, updateConfig, ...httpEnv } = env;
  const concurrency = source.concurrency?.(config) ?? DEFAULT_CONCURRENCY;
  const http = (options: Parameters<typeof createHttp>[0]): HttpClient => {
    const warning = plainHttpWarning(options.baseUrl);
    if (warning !== undefined && !warned.has(warning)) env.log.warn(warning);
    if (warning !== undefined) warned.add(warning);
    const client = createHttp(options, { ...httpEnv, concurrency, onSecrets });
    clients.push(client);
    return client;
  };
  const api = await source.open(config, { http, log: env.log, updateConfig, reading });
  let said = false;
  return {
    api,
    concurrency,
    cursorEnv: {
      begin: async () => {
        const told = clients.map((client) => client.vendorClock());
        const asked = told.some((date) => date !== undefined)
          ? told
          : await Promise.all(clients.map((client) => client.clock()));
        const dates = asked.filter((date) => date !== undefined);
        if (dates.length > 0) return Math.max(...dates);
        if (!said)
          env.log.warn(
            'the server sends no Date header, so scans begin an hour before the time of our own clock',
          );
        said = true;
        return env.clock.now() - NO_DATE_MARGIN_MS;
      },
      warn: (message) => env.log.warn(message),
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
