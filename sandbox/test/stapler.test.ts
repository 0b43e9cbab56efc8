/**
 * The tree code against the real one, Stapler, in a real server: the same questions to both. The sandbox's side gets the
 * objects that the server exports, so the answers must be equal byte for byte. `npm run test:long` runs it.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type Hudson, startHudson } from '../../scripts/hudson/hudson.ts';
import { Refusal } from '../src/http/refusal.ts';
import { byteWriter, written } from '../src/http/writer.ts';
import { startJenkins } from '../src/jenkins/sandbox.ts';
import { type Bean, bean, collection, type Value } from '../src/jenkins/tree/bean.ts';
import { putBean } from '../src/jenkins/tree/export.ts';
import { parseTree } from '../src/jenkins/tree/parse.ts';
import { byTree } from '../src/jenkins/tree/pruner.ts';

/** Names that Jenkins accepts for a job. */
const NAMES = ['api-build', 'nightly deploy', 'größe + more', "o'neill (old), v=1", 'データ', 'a~b_c.d'];
const DESCRIPTION =
  'quotes &quot; back\\slash &lt;b&gt;bold&lt;/b&gt; &amp;amp; tab\there\nnext line é 𝕁 \u2028 /slash';
/** All that the server exports, five levels deep: jobs, builds, actions, causes and what a cause says. */
const DEPTH = 5;
const EVERYTHING = '*[*[*[*[*]]]]';
/** Sets in Java, so no lists. */
const SETS = new Set(['culprits', 'assignedLabels']);

let hudson: Hudson | undefined;
let reason = 'set HEADRACE_LONG to run it';
let root: Bean;

beforeAll(async () => {
  if (!process.env.HEADRACE_LONG) return;
  const started = await startHudson();
  if (typeof started === 'string') {
    reason = started;
    return;
  }
  hudson = started;
  for (const name of NAMES) expect(await hudson.createJob(name, DESCRIPTION)).toBe(200);
  for (const branch of ['main', 'broken', 'main', 'x"y\\z'])
    await hudson.build(NAMES[0]!, encodeURIComponent(branch));
  await hudson.build(NAMES[1]!);
  root = mirrored(JSON.parse((await hudson.ask(`api/json?tree=${EVERYTHING}`)).body)) as Bean;
}, 1_000_000);
afterAll(() => hudson?.stop());

/** The server, or the test is skipped and says why. */
function server({ skip }: TestContext): Hudson {
  return hudson ?? skip(reason);
}

/** An answer as objects for the sandbox's exporter. */
function mirrored(value: unknown): Value {
  if (Array.isArray(value)) return value.map(mirrored);
  if (typeof value !== 'object' || value === null) return value as Value;
  const { _class, ...members } = value as Record<string, unknown>;
  return bean(
    _class as string | undefined,
    Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        name,
        SETS.has(name) ? collection((member as unknown[]).map(mirrored)) : mirrored(member),
      ]),
    ),
  );
}

/** What the sandbox answers: status and bytes. */
function ours(tree: string): { status: number; body: string } {
  const out = byteWriter();
  try {
    // The server's Stapler is older than the one that takes a range past the end for an empty list.
    putBean(out, root, byTree(parseTree(tree)), true);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, body: '' };
  }
  return { status: 200, body: written(out).toString() };
}

/** What the real one answers; the page of an error is not compared. */
async function theirs(from: Hudson, tree: string): Promise<{ status: number; body: string }> {
  const { status, body } = await from.ask(`api/json?tree=${encodeURIComponent(tree)}`);
  return { status, body: status === 200 ? body : '' };
}

describe('the real Stapler', () => {
  it.for([
    // Not of all: how busy the server is changes.
    'jobs[*[*[*[*]]]]',
    'jobs[name,url,color]',
    'jobs[name]{0,2}',
    'jobs[name]{1,}',
    'jobs[name]{,1}',
    'jobs[name]{3}',
    'jobs[name,builds[number,result,building,actions[parameters[name,value],causes[*]]]{0,2}]',
    'jobs[builds[actions[*]{1,}]{1,3}]',
    'jobs[name]{6,9}',
    'jobs[name]{7,9}',
    'jobs[name]{2,1}',
    'jobs[builds[number]{3,5}]',
    'jobs[builds[actions{9}]{1}]',
    'unknown',
    'unknown[a,b{1}]{2}',
    'jobs,jobs[name]',
    'jobs[name],jobs[color]{1}',
    'jobs[ name]',
    '*',
    '*[name]',
    '*[*]',
    'assignedLabels[name]{2,5}',
    'jobs[*]{0,1},*[url]',
    'jobs[description]',
    'mode{1}',
    'mode[x]',
    '_class',
    'jobs[_class,name]',
    // Malformed.
    '',
    ',',
    'jobs[',
    'jobs[]',
    'jobs]',
    'jobs[name',
    'jobs[name]]',
    'jobs[name]x',
    'jobs{}',
    'jobs{,}',
    'jobs{x}',
    'jobs{-1}',
    'jobs{1',
    'jobs{1}{2}',
    'jobs{1}[name]',
    'jobs{1, 2}',
    'jobs{99999999999}',
    'jobs{2147483647}',
    '[name]',
    '{1}',
    'a,,b',
  ])('tree=%s', async (tree, context) => {
    const theirAnswer = await theirs(server(context), tree);
    expect(ours(tree)).toEqual(theirAnswer);
  });

  it('gives the same answers to random questions', async (context) => {
    const from = server(context);
    await fc.assert(
      fc.asyncProperty(questions(), async (tree) => {
        expect(ours(tree)).toEqual(await theirs(from, tree));
      }),
      { numRuns: 1500 },
    );
  });

  it('escapes names in addresses, and refuses the same ones', async (context) => {
    const from = server(context);
    const jenkins = await startJenkins({ jobs: 0, builds: 0, awkward: false });
    for (const name of NAMES) jenkins.control.createJob({ name });
    const paths = (answer: string, origin: string): string[] =>
      (JSON.parse(answer) as { jobs: { url: string }[] }).jobs
        .map(({ url }) => url.replace(origin, ''))
        .sort();
    const tree = 'api/json?tree=jobs%5Burl%5D';
    const own = paths((await jenkins.bytes(tree)).toString(), jenkins.url);
    expect(own).toEqual(paths((await from.ask(tree)).body, from.url));
    for (const path of own) expect((await from.ask(`${path.slice(1)}api/json`)).status, path).toBe(200);
    await jenkins.close();
    for (const name of ['a/b', 'a%b', 'a#b', 'a&b', 'a?b', 'a[b', 'a;b', 'a@b'])
      expect(await from.createJob(name), name).toBe(400);
  });

  it('shows the same members without a tree, and with a depth', async (context) => {
    const from = server(context);
    const jenkins = await startJenkins({ jobs: 0, builds: 0, awkward: false });
    jenkins.control.createJob({ name: 'a' });
    jenkins.control.start({ job: 'a', count: 2 });
    jenkins.control.finish({ count: 2 });
    const job = `job/${encodeURIComponent(NAMES[0]!)}`;
    for (const [path, real] of [
      ['', ''],
      ['job/a/', `${job}/`],
      ['job/a/1/', `${job}/1/`],
    ] as const)
      for (const depth of ['', '?depth=1', '?depth=-1']) {
        const own = JSON.parse((await jenkins.bytes(`${path}api/json${depth}`)).toString()) as object;
        const other = JSON.parse((await from.ask(`${real}api/json${depth}`)).body) as object;
        // A member that both have shows the same members of its own; the newer Jenkins has more of them.
        expect(surplus(own, other), `${path} ${depth}`).toEqual([]);
      }
    expect((await from.ask('api/json?depth=x')).status).toBe(500);
    await jenkins.close();
  });

  it('answers what is not there alike', async (context) => {
    const from = server(context);
    const jenkins = await startJenkins({ jobs: 0, builds: 0, awkward: false });
    const path = `job/${jenkins.control.createJob({ name: 'a' })}`;
    jenkins.control.start({ job: 'a' });
    const real = `job/${encodeURIComponent(NAMES[0]!)}`;
    for (const below of [
      'job/nowhere/api/json',
      'job/nowhere/job/x/api/json',
      '99/api/json',
      'testReport/api/json',
      'wfapi/describe',
      '1/wfapi/describe',
      '1/testReport/api/json',
    ]) {
      const isWhole = below.startsWith('job/');
      const own = await fetch(`${jenkins.root}/${isWhole ? below : `${path}/${below}`}`, {
        headers: { authorization: `Basic ${btoa(`${jenkins.user}:${jenkins.apiToken}`)}` },
      });
      expect([below, own.status === 404]).toEqual([
        below,
        (await from.ask(isWhole ? below : `${real}/${below}`)).status === 404,
      ]);
    }
    await jenkins.close();
  });
});

/** Trees made of names that the server has, names that it does not have, `*`, ranges and mistakes. */
function questions(): fc.Arbitrary<string> {
  const name = fc.constantFrom(
    'jobs',
    'builds',
    'lastBuild',
    'actions',
    'parameters',
    'causes',
    'name',
    'number',
    'url',
    'result',
    '*',
    'views',
    'changeSet',
    'items',
    'artifacts',
    'healthReport',
    'property',
    'unknown',
  );
  const limit = fc.nat(7);
  const range = fc.oneof(
    { weight: 5, arbitrary: fc.constant('') },
    fc.tuple(limit, limit).map(([min, max]) => `{${min},${max}}`),
    limit.map((n) => `{${n}}`),
    limit.map((n) => `{,${n}}`),
    limit.map((n) => `{${n},}`),
  );
  const listOf = (levels: number): fc.Arbitrary<string> => {
    // At the top, a `*` would ask for the load, too.
    const named = levels === DEPTH ? name.filter((one) => one !== '*') : name;
    const inside =
      levels === 1
        ? fc.constant('')
        : fc.oneof(
            fc.constant(''),
            listOf(levels - 1).map((text) => `[${text}]`),
          );
    const node = fc.tuple(named, inside, range).map((parts) => parts.join(''));
    return fc.array(node, { minLength: 1, maxLength: 3 }).map((nodes) => nodes.join(','));
  };
  const list = listOf(DEPTH);
  const mistake = fc
    .tuple(list, fc.nat(), fc.constantFrom(',', '[', ']', '{', '}', '{1', ' '))
    .map(([tree, n, text]) => {
      const at = n % (tree.length + 1);
      return `${tree.slice(0, at)}${text}${tree.slice(at)}`;
    });
  return fc.oneof({ weight: 4, arbitrary: list }, mistake);
}

/** Members inside members that ours has and the real one, at the same place and of the same class, does not show. */
function surplus(own: unknown, real: unknown, at = ''): string[] {
  if (Array.isArray(own) && Array.isArray(real)) {
    return own.flatMap((item) => {
      const twin = real.find((one) => one?._class === item?._class && one?._class !== undefined);
      return twin === undefined ? [] : surplus(item, twin, `${at}[]`);
    });
  }
  if (!isObject(own) || !isObject(real) || own._class !== real._class) return [];
  return Object.keys(own).flatMap((name) => {
    if (name in real) return surplus(own[name], real[name], `${at}.${name}`);
    return SINCE.has(name) || at === '' ? [] : [`${at}.${name}`];
  });
}

/** Members that came after the server's release. */
const SINCE = new Set([
  'inProgress',
  'queueId',
  'displayName',
  'estimatedDuration',
  'executor',
  'fullName',
  'fullDisplayName',
  'displayNameOrNull',
  'disabled',
  'labelExpression',
]);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
