import { createHttp, type HttpClient } from '../http/index.ts';
import { Secrets } from '../protocol/secrets.ts';
import { systemClock } from '../runtime/clock.ts';
import type { OpenContext } from '../source/define-source.ts';

/** The argument for a source's `open`, for tests of single calls without a process. */
export interface TestContext extends OpenContext {
  /** The log so far, e.g. `WARN 3 rows were left out`. */
  readonly logged: readonly string[];
  /** Closes all connections. Call this at the end of the test. */
  close(): Promise<void>;
}

/**
 * Creates a context; make a new one for each test. Its HTTP clients wait a millisecond where a process would wait
 * seconds. Like a process, it scrubs its clients' secrets.
 */
export function testContext(): TestContext {
  const logged: string[] = [];
  const clients: HttpClient[] = [];
  const secrets = new Secrets();
  const say =
    (level: string) =>
    (message: string): void => {
      logged.push(`${level} ${secrets.scrub(message)}`);
    };
  const log = { debug: say('DEBUG'), info: say('INFO'), warn: say('WARN'), error: say('ERROR') };
  const env = {
    clock: systemClock,
    random: () => 0.5,
    log,
    signal: new AbortController().signal,
    backoff: { firstMs: 1, maxMs: 1, tries: 4 },
    onSecrets: (values: readonly string[]) => secrets.add(values),
    scrub: (text: string) => secrets.scrub(text),
  };
  return {
    logged,
    log,
    http: (options) => {
      const client = createHttp(options, env);
      clients.push(client);
      return client;
    },
    updateConfig: async () => {},
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
