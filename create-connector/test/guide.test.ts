import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Installed, install } from './installed.ts';

/** Tests docs/write-a-source.md: writes its ```ts file=… blocks and runs its ```sh run blocks, in order. */
const guide = readFileSync(new URL('../../docs/write-a-source.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```(\w+) ?([^\n]*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', info = '', text = '']) => ({ language, info, text }),
);
const commands = (info: string): string[] =>
  blocks.filter((block) => block.language === 'sh' && block.info === info).map(({ text }) => text);

let installed: Installed;
let folder: string;
let api: ChildProcess;

beforeAll(async () => {
  installed = install();
  folder = installed.create('source', 'acme');
  for (const { info, text } of blocks) {
    const [, path] = /^file=(\S+)$/.exec(info) ?? [];
    if (path === undefined) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  // Starts the same program as `npm run api`, but without npm in between, so that it can be killed.
  api = spawn(process.execPath, ['test/made-api.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(api.stdout!, 'data');
}, 300_000);

afterAll(async () => {
  if (api?.exitCode === null && api.kill()) await once(api, 'exit');
  installed?.remove();
});

/** The number of passed tests in the output of node:test. */
const passed = (said: string): number => Number(/^ℹ pass (\d+)$/m.exec(said)?.[1]);

const shell = async (script: string) => {
  const ran = await installed.shell(script, folder);
  expect(ran.code, `${script}\n${ran.said}`).toBe(0);
  return ran;
};

it('writes a whole source', () => {
  const written = blocks.map(({ info }) => info).filter((info) => info.startsWith('file='));
  expect(written.map((info) => info.slice(5))).toEqual([
    'src/config.ts',
    'src/api.ts',
    'src/streams/groups.ts',
    'src/streams/items.ts',
    'src/streams/details.ts',
    'src/source.ts',
    'test/acme-source.test.ts',
    'test/record.ts',
    'test/recorded.test.ts',
    'test/live.test.ts',
  ]);
  expect(commands('run')).toHaveLength(3);
});

it('builds, checks, discovers and reads', { timeout: 60_000 }, async () => {
  const { stdout } = await shell(commands('run')[0]!);
  expect(stdout).toContain('"status":"SUCCEEDED"');
  const catalog = stdout.split('\n').find((line) => line.startsWith('{"type":"CATALOG"'))!;
  const streams = (JSON.parse(catalog) as { catalog: { streams: Array<{ name: string }> } }).catalog.streams;
  expect(streams.map(({ name }) => name)).toEqual(['groups', 'items', 'item_details']);
  expect(stdout).toMatch(/"stream":"items"[^\n]*"big":\d{20},[^\n]*"group_name":"Group \d"/);
});

it('the snippets of docs/cursors.md type-check', { timeout: 60_000 }, async () => {
  const chooser = readFileSync(new URL('../../docs/cursors.md', import.meta.url), 'utf8');
  const snippets = [...chooser.matchAll(/^```ts check\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  expect(snippets.length).toBeGreaterThan(4);
  const used = new Set(
    snippets
      .join('')
      .match(/\b(?:timeWindow|openSet|heads|changedOnly|census|resumable|defineStream|defineScan)(?=[(<])/g),
  );
  expect(used.size).toBe(8);
  const prelude = `import { ${[...used].join(', ')}, type Fate, Page, type Partition, type Select, type Selection, type TimeRange } from '@headrace/sdk';
interface Api {
  tickets(project: string, range: TimeRange, select: Select<string>): AsyncIterable<Page>;
  ticketCount(project: string, range: TimeRange): Promise<number>;
  ticketIds(project: string, range: TimeRange): AsyncIterable<readonly string[]>;
  ticketsById(ids: readonly string[], select: Select<string>): AsyncIterable<Page>;
  byId(ids: readonly string[]): AsyncIterable<Page>;
  branchHeads(): Promise<readonly string[]>;
  projects(): Promise<readonly Partition[]>;
  issueIds(project: string, selection: Selection<never, string>): AsyncIterable<Page>;
  issueCount(project: string): Promise<number>;
  whatBecameOf(ids: readonly string[]): Promise<ReadonlyMap<string, Fate>>;
  now(): string;
}
declare const api: Api;
`;
  writeFileSync(join(folder, 'src/snippets.ts'), prelude + snippets.join('\n'));
  await shell('npx tsc && rm src/snippets.ts');
});

it('reports all mistakes of a configuration at once', { timeout: 60_000 }, async () => {
  const { code, stdout } = await installed.shell(commands('fails')[0]!, folder);
  expect(code).toBe(1);
  for (const what of ['api_tokn', 'api_token is required', 'https://api.acme.example'])
    expect(stdout).toContain(what);
});

it('type-checks, follows the style rules, and conforms', { timeout: 240_000 }, async () => {
  expect(commands('run')[1]).toBe('npm test\n');
  await shell('npx tsc && npx biome check --error-on-warnings src test');
  // generated.test.ts runs the whole suite on a new connector. Here, run only what the guide changes.
  const { said } = await shell(
    'node --test --test-name-pattern="^.(22|26|27|30|34. a whole|35|36|42|44|45|47)\\b" test/acme-source.test.ts',
  );
  expect(passed(said)).toBeGreaterThanOrEqual(10);
});

/** A block with the address of the sample API, adapted to the port it got. */
const atApi = (block: string): string => {
  const { base_url, api_token } = JSON.parse(readFileSync(join(folder, 'c.json'), 'utf8')) as Record<
    string,
    string
  >;
  expect(block).toContain(`ACME_URL=http://127.0.0.1:4600 ACME_TOKEN=${api_token} `);
  return block.replace('http://127.0.0.1:4600', base_url!);
};

it('records the vendor, and conforms with the recording', { timeout: 120_000 }, async () => {
  const { stdout } = await shell(atApi(commands('record')[0]!));
  expect(stdout).toMatch(/^\d{3} exchanges are in test\/recorded\n$/);
  const files = globSync('test/recorded/*', { cwd: folder }).map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  );
  expect(files.join('')).not.toContain('test-token-0123456789');
  const { said } = await shell(
    'node --test --test-name-pattern="^.(22|41. a second)\\b" test/recorded.test.ts',
  );
  expect(passed(said)).toBe(2);
});

it('conforms to a live vendor', { timeout: 120_000 }, async () => {
  const { said } = await shell(atApi(commands('live')[0]!));
  expect(passed(said)).toBe(2);
});

it('lands everything; a second run lands only the stream without a cursor', { timeout: 60_000 }, async () => {
  const landed = (stream: string): string[] =>
    globSync(`bronze/*/${stream}/**/*.jsonl.gz`, { cwd: folder })
      .flatMap((file) =>
        gunzipSync(readFileSync(join(folder, file)))
          .toString()
          .trimEnd()
          .split('\n'),
      )
      .map((line) => /"id":(\d{19}),/.exec(line)![1]!);
  const pipe = commands('run')[2]!;
  await shell(pipe);
  expect(new Set(landed('items')).size).toBe(500);
  expect(landed('groups')).toHaveLength(5);
  await shell(pipe);
  expect(landed('items')).toHaveLength(500);
  expect(new Set(landed('item_details')).size).toBe(500);
  expect(landed('item_details')).toHaveLength(500);
  expect(landed('groups')).toHaveLength(10);
});
