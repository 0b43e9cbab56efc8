import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { hostFindings, originsIn } from './hosts.ts';
import { diskFindings, nodeFinding, portFinding } from './machine.ts';

const levels = (findings: ReadonlyArray<{ level: string; topic: string }>) =>
  findings.map(({ level, topic }) => `${level} ${topic}`);
const room = { type: 0xef53, bytesLeft: 1e12, filesLeft: 1e6, files: 1e7 };

test.each([
  ['22.20.0', 'ok'],
  ['24.0.1', 'ok'],
  ['22.19.9', 'problem'],
  ['20.20.0', 'problem'],
])('Node %s: %s', (version, level) => {
  expect(nodeFinding(version).level).toBe(level);
});

test.runIf(process.platform === 'linux')(
  'little room, no inodes, and file systems where locks or data may not hold are told',
  () => {
    expect(levels(diskFindings('/x', room))).toEqual(['ok disk', 'ok file system']);
    expect(levels(diskFindings('/x', { ...room, bytesLeft: 4e9 }))[0]).toBe('warning disk');
    expect(levels(diskFindings('/x', { ...room, bytesLeft: 1e8 }))[0]).toBe('problem disk');
    expect(levels(diskFindings('/x', { ...room, filesLeft: 5 }))).toContain('problem disk');
    // Btrfs has no limit of files.
    expect(levels(diskFindings('/x', { ...room, files: 0, filesLeft: 0 }))).not.toContain('problem disk');
    for (const type of [0x6969, 0x65735546, 0xff534d42, 0x794c7630, 0x01021994])
      expect(levels(diskFindings('/x', { ...room, type }))).toContain('warning file system');
    expect(levels(diskFindings('/x', { ...room, type: 7 }))).toEqual(['ok disk']);
    expect(diskFindings('/').length).toBeGreaterThan(0);
  },
);

test('a port that is in use is told', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await portFinding(port)).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('in use'),
  });
  await new Promise((resolve) => server.close(resolve));
  expect(await portFinding(port)).toMatchObject({ level: 'ok' });
});

test('hosts of a configuration are asked without credentials; clocks that differ are told', async () => {
  const asked: string[] = [];
  let date = new Date().toUTCString();
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.sendDate = false;
    response.writeHead(401, { date }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    base_url: `${origin}/a`,
    deep: [{ url: `${origin}/b?token=x` }],
    other: 'ftp://x',
    bad: 'http://',
  };
  expect(originsIn(config)).toEqual([origin]);
  expect(levels(await hostFindings(origin, {}))).toEqual(['ok network']);
  date = new Date(Date.now() - 600_000).toUTCString();
  expect(levels(await hostFindings(origin, {}))).toEqual(['ok network', 'warning clock']);
  date = new Date(Date.now() + 600_000).toUTCString();
  expect(levels(await hostFindings(origin, {}))).toEqual(['ok network', 'warning clock']);
  date = 'nonsense';
  expect(levels(await hostFindings(origin, {}))).toEqual(['ok network']);
  expect(new Set(asked)).toEqual(new Set(['HEAD / undefined']));
  expect((await hostFindings(origin, { HTTPS_PROXY: 'http://p' }))[0]?.message).toContain('HTTPS_PROXY');
});

test('a host that is not there is a problem, with what to do', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await hostFindings(`http://127.0.0.1:${port}`, {})).toMatchObject([
    {
      level: 'problem',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('running'),
    },
  ]);
});
