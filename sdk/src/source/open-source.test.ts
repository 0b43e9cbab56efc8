import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anonymous } from '../http/auth/auth.ts';
import { systemClock } from '../runtime/clock.ts';
import { defineSource } from './define-source.ts';
import { openSource } from './open-source.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');

const envOf = (said: string[]) => ({
  clock: { ...systemClock, now: () => NOW },
  random: Math.random,
  log: { debug() {}, info() {}, warn: (message: string) => void said.push(message), error() {} },
  signal: new AbortController().signal,
  backoff: { firstMs: 1, maxMs: 1, tries: 2 },
  onSecrets() {},
  updateConfig: async () => {},
});

/** When two scans begin, and what is said about it. */
async function begins(date: string | undefined): Promise<{ at: number[]; said: string[] }> {
  const server = createServer((_, response) => {
    response.sendDate = false;
    if (date !== undefined) response.setHeader('date', date);
    response.end('{}');
  });
  await new Promise<void>((go) => server.listen(0, '127.0.0.1', go));
  const { port } = server.address() as AddressInfo;
  const said: string[] = [];
  const source = defineSource({
    name: 'test-source',
    vendor: 'test',
    config: z.object({}),
    origin: () => 'test.example',
    open: (_, { http }) => http({ baseUrl: `http://127.0.0.1:${port}`, auth: anonymous }),
    check: async () => {},
    streams: [],
  });
  const opened = await openSource(source, {}, envOf(said));
  const at = [await opened.cursorEnv.begin(), await opened.cursorEnv.begin()];
  await opened.close();
  server.close();
  return { at, said };
}

describe('when a scan begins', () => {
  it('is the server’s time', async () => {
    const date = 'Sat, 28 Nov 2026 11:58:07 GMT';
    expect(await begins(date)).toEqual({ at: [Date.parse(date), Date.parse(date)], said: [] });
  });

  it('is an hour before ours where the server tells none, said once', async () => {
    const { at, said } = await begins(undefined);
    expect(at).toEqual([NOW - 3_600_000, NOW - 3_600_000]);
    expect(said).toHaveLength(1);
  });
});

describe('an address that is not encrypted', () => {
  it('is warned about once, however many clients it has; one on this machine is not', async () => {
    const said: string[] = [];
    const source = defineSource({
      name: 'test-source',
      vendor: 'test',
      config: z.object({}),
      origin: () => 'test.example',
      open: (_, { http }) =>
        [
          'http://jira.test.example',
          'http://jira.test.example/rest',
          'http://localhost:8080',
          'https://test.example',
        ].map((baseUrl) => http({ baseUrl, auth: anonymous })),
      check: async () => {},
      streams: [],
    });
    await (await openSource(source, {}, envOf(said))).close();
    expect(said).toEqual([expect.stringContaining('requests to http://jira.test.example are not encrypted')]);
  });
});
