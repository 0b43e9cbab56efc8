import { describe, expect, it } from 'vitest';
import { buildTree } from '../src/builds/trees.ts';
import { config } from '../src/config.ts';
import { ends, jenkinsWith, keyOf, ownBytes, pathOf, read, recordsOf } from './run.ts';

const B = ['builds'];
const TREE = encodeURIComponent(
  buildTree(config.parse({ base_url: 'http://x', credentials: { auth_type: 'none' } })),
);

describe('builds', () => {
  it('are all builds of all jobs, with Jenkins’s bytes', async () => {
    const jenkins = await jenkinsWith({ jobs: 16, builds: 700, running: 3, pathPrefix: '/ci' });
    const output = await read(jenkins, B);
    expect(ends(output, B)).toEqual(['builds: COMPLETE']);
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(jenkins.builds().map(keyOf).sort());
    const names = new Set(
      jenkins.jobs().flatMap(({ kind, fullName }) => (/^(freestyle|pipeline)$/.test(kind) ? [fullName] : [])),
    );
    let compared = 0;
    for (const { text } of output.records) {
      const { jobFullName, number } = JSON.parse(text) as { jobFullName: string; number: number };
      if (!names.has(jobFullName)) continue;
      const path = `${pathOf(jobFullName)}/${number}/api/json?tree=${TREE}`;
      const bytes = await jenkins.bytes(path, { 'accept-language': 'en' });
      const same = (one: string): string => one.replace(/"estimatedDuration":\d+/, '');
      expect(same(ownBytes(text, 'jobFullName'))).toBe(same(bytes.toString()));
      compared++;
    }
    expect(compared).toBeGreaterThan(300);
  });

  it('cost nothing but the list of jobs if nothing is new', async () => {
    const jenkins = await jenkinsWith({ jobs: 100, builds: 400, levels: 4 });
    const first = await read(jenkins, B);
    const second = await read(jenkins, B, { before: first });
    expect(second.records).toEqual([]);
    expect(second.requests).toBeLessThanOrEqual(3);
    jenkins.control.start({ job: recordsOf(first, 'builds')[0]!.jobFullName });
    const third = await read(jenkins, B, { before: second });
    expect(third.records).toHaveLength(1);
    expect(third.requests).toBe(second.requests + 1);
  });

  it('come by large pages, while new ones push them further down', async () => {
    const jenkins = await jenkinsWith({ jobs: 1, builds: 2300, levels: 1 });
    const before = jenkins.builds().map(keyOf);
    jenkins.control.busy({ enabled: true });
    const output = await read(jenkins, B);
    const sent = recordsOf(output, 'builds').map(keyOf);
    expect(before.filter((key) => !sent.includes(key))).toEqual([]);
    expect(new Set(sent).size).toBe(sent.length);
    // Three lists of jobs, the numbers, three pages, and each number in between that does not exist.
    const numbers = jenkins.builds().map(({ number }) => number);
    const holes = Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.length;
    expect(output.requests).toBeLessThan(20 + holes);
  });

  it('are read again until they are finished, in whatever order they finish', async () => {
    const jenkins = await jenkinsWith();
    let last = await read(jenkins, B);
    const [job] = recordsOf(last, 'builds').map(({ jobFullName }) => jobFullName);
    const [slow, fast] = [...jenkins.control.start({ job }), ...jenkins.control.start({ job })];
    jenkins.control.decide({ job, numbers: [slow!.number], result: 'UNSTABLE' });
    last = await read(jenkins, B, { before: last });
    expect(recordsOf(last, 'builds').map(({ number, building }) => [number, building])).toEqual([
      [fast!.number, true],
      [slow!.number, true],
    ]);
    last = await read(jenkins, B, { before: last });
    expect(last.records).toEqual([]);
    jenkins.control.finish({ job, numbers: [fast!.number], inProgress: true });
    last = await read(jenkins, B, { before: last });
    expect(recordsOf(last, 'builds')).toMatchObject([
      { number: fast!.number, building: false, inProgress: true },
    ]);
    jenkins.control.finish({ job, numbers: [fast!.number] });
    jenkins.control.finish({ job, numbers: [slow!.number], result: 'FAILURE' });
    last = await read(jenkins, B, { before: last });
    expect(recordsOf(last, 'builds').map(({ number, result }) => [number, result])).toContainEqual([
      slow!.number,
      'FAILURE',
    ]);
    expect(last.records).toHaveLength(2);
    last = await read(jenkins, B, { before: last });
    expect(last.records).toEqual([]);
  });

  it('that the controller lost stay open, and are sent once', async () => {
    const jenkins = await jenkinsWith({ running: 4 });
    let last = await read(jenkins, B);
    jenkins.control.crash();
    last = await read(jenkins, B, { before: last });
    expect(last.records).toEqual([]);
    expect(JSON.stringify(last.left).match(/"open":\{"/g)?.length).toBeGreaterThan(0);
    jenkins.control.deleteBuilds({ count: 200 });
    last = await read(jenkins, B, { before: last });
    expect(ends(last, B)).toEqual(['builds: COMPLETE']);
    expect(JSON.stringify(last.left)).not.toMatch(/"open":\{"/);
  });

  it.each([
    ['fewer', 2],
    ['as many', 5],
    ['more', 9],
  ])('of a job that was made again are read, with %s builds', async (_, count) => {
    const jenkins = await jenkinsWith();
    const job = jenkins.control.createJob({ name: 'again' });
    const build = (n: number): void => {
      for (let i = 0; i < n; i++) {
        jenkins.control.advanceClock({ ms: 1000 });
        jenkins.control.start({ job });
        jenkins.control.finish({ job });
      }
    };
    build(5);
    let last = await read(jenkins, B);
    jenkins.control.recreate({ job });
    build(count);
    last = await read(jenkins, B, { before: last });
    expect(recordsOf(last, 'builds').map(keyOf).sort()).toEqual(
      jenkins
        .builds()
        .filter(({ jobFullName }) => jobFullName === job)
        .map(keyOf)
        .sort(),
    );
    expect((await read(jenkins, B, { before: last })).records).toEqual([]);
  });

  it('that were deleted or rotated away are no failure', async () => {
    const jenkins = await jenkinsWith({ jobs: 2, builds: 60, levels: 1 });
    let last = await read(jenkins, B);
    const { jobFullName: job } = recordsOf(last, 'builds')[0]!;
    const newest = Math.max(
      ...jenkins
        .builds()
        .filter((one) => one.jobFullName === job)
        .map(({ number }) => number),
    );
    jenkins.control.deleteBuilds({ job, numbers: [newest] });
    last = await read(jenkins, B, { before: last });
    expect([last.code, last.records.length]).toEqual([0, 0]);
    for (let i = 0; i < 30; i++) jenkins.control.start({ job });
    jenkins.control.finish({ job, count: 30 });
    jenkins.control.rotate({ job, keep: 10 });
    last = await read(jenkins, B, { before: last });
    expect([last.code, last.records.length]).toEqual([0, 10]);
  });

  it('that a list leaves out are asked for by number; one that cannot be read costs itself', async () => {
    const jenkins = await jenkinsWith({ jobs: 1, builds: 90, levels: 1 });
    const job = jenkins.jobs()[0]!.fullName;
    const numbers = jenkins.builds().map(({ number }) => number);
    const bad = [numbers.at(-1)!, numbers[40]!, numbers[0]!];
    jenkins.control.damage({ job, numbers: bad, what: 'build' });
    let last = await read(jenkins, B);
    expect(ends(last, B)).toEqual(['builds: INCOMPLETE']);
    expect(last.records).toHaveLength(87);
    for (const number of bad) expect(last.errors[0]!.message).toContain(String(number));
    jenkins.control.damage({ job, numbers: [bad[1]!], what: null });
    last = await read(jenkins, B, { before: last });
    expect(recordsOf(last, 'builds').map(({ number }) => number)).toEqual([bad[1]]);
    expect(ends(last, B)).toEqual(['builds: INCOMPLETE']);
    jenkins.control.damage({ job, numbers: [bad[0]!, bad[2]!], what: null });
    last = await read(jenkins, B, { before: last });
    expect([last.code, last.records.length]).toEqual([0, 2]);
  });

  it('that culprits keep out of the lists come without them', async () => {
    const jenkins = await jenkinsWith({ jobs: 1, builds: 160, levels: 1 });
    const job = jenkins.jobs()[0]!.fullName;
    const damaged = jenkins.builds()[40]!.number;
    jenkins.control.damage({ job, numbers: [damaged], what: 'culprits' });
    const output = await read(jenkins, B, { include_culprits: true });
    expect(output.code).toBe(0);
    const sent = recordsOf(output, 'builds');
    expect(sent.map(keyOf).sort()).toEqual(jenkins.builds().map(keyOf).sort());
    expect(sent.filter(({ culprits }) => culprits !== undefined)).not.toEqual([]);
    expect(sent.find(({ number }) => number === damaged)).not.toHaveProperty('culprits');
  });

  it('begin at the start date, and the next sync is no dearer for it', async () => {
    const jenkins = await jenkinsWith({ jobs: 3, builds: 400, levels: 1 });
    const all = jenkins.builds();
    const times = all.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
    const start = times[300]!;
    const first = await read(jenkins, B, { start_date: new Date(start).toISOString() });
    expect(recordsOf(first, 'builds').map(keyOf).sort()).toEqual(
      all
        .filter(({ timestamp }) => timestamp >= start)
        .map(keyOf)
        .sort(),
    );
    const second = await read(jenkins, B, { before: first, start_date: new Date(start).toISOString() });
    expect([second.records.length, second.requests]).toEqual([0, 3]);
  });

  it('are complete with all that plugins say, if asked for; else the rest', async () => {
    const jenkins = await jenkinsWith({ jobs: 1, builds: 30, levels: 1 });
    const job = jenkins.jobs()[0]!.fullName;
    const damaged = jenkins.builds()[4]!.number;
    // All tries of the whole build, and none of those that follow.
    jenkins.control.fail({ containing: `/${damaged}/api/json`, kind: 'oops', times: 3 });
    const output = await read(jenkins, B, { complete_builds: true });
    expect(output.code).toBe(0);
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(jenkins.builds().map(keyOf).sort());
    expect(output.logged.join()).toContain(`#${damaged}: what plugins say cannot be read`);
    const whole = output.records.filter(({ text }) => !text.includes(`"number":${damaged},`));
    for (const { text } of whole) {
      const { number } = JSON.parse(text) as { number: number };
      const bytes = await jenkins.bytes(`${pathOf(job)}/${number}/api/json`, { 'accept-language': 'en' });
      expect(ownBytes(text, 'jobFullName')).toBe(bytes.toString());
    }
    expect((await read(jenkins, B, { before: output, complete_builds: true })).requests).toBe(3);
  });

  it('with numbers that JSON does not have come with null in their place, and say so', async () => {
    const jenkins = await jenkinsWith({ jobs: 1, builds: 60, levels: 1 });
    const job = jenkins.jobs()[0]!.fullName;
    const odd = [2, 30].map((at) => jenkins.builds()[at]!.number);
    jenkins.control.damage({ job, numbers: odd, what: 'nan' });
    const output = await read(jenkins, B);
    expect(output.code).toBe(0);
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(jenkins.builds().map(keyOf).sort());
    const changed = output.records.filter(({ meta }) => meta !== undefined);
    expect(changed.map(({ text }) => (JSON.parse(text) as { number: number }).number).sort()).toEqual(
      odd.sort(),
    );
    for (const { text, meta } of changed) {
      expect(text).toContain('"score":null');
      expect(meta).toContain('NULLED');
    }
  });

  it('that run are not forgotten if their job is out of sight for a moment', async () => {
    const jenkins = await jenkinsWith({ jobs: 3, builds: 30, levels: 1 });
    const job = jenkins.jobs().find(({ builds = 0, kind }) => builds > 2 && kind === 'freestyle')!.fullName;
    const { number } = jenkins.control.start({ job })[0]!;
    const first = await read(jenkins, B);
    jenkins.control.deny({ job, status: 404, listed: true });
    const hidden = await read(jenkins, B, { before: first });
    expect(ends(hidden, B)).toEqual(['builds: INCOMPLETE']);
    jenkins.control.allow({ job });
    jenkins.control.finish({ job, numbers: [number] });
    const after = await read(jenkins, B, { before: hidden });
    expect(recordsOf(after, 'builds')).toMatchObject([{ number, building: false }]);
  });

  it('of a failed job are the only ones that are missing', async () => {
    const jenkins = await jenkinsWith({ jobs: 6, builds: 60, levels: 1 });
    const [job] = jenkins.jobs().filter(({ builds = 0 }) => builds > 3);
    jenkins.control.fail({ containing: `/${pathOf(job!.fullName)}/`, kind: '503', times: null });
    const output = await read(jenkins, B);
    expect(ends(output, B)).toEqual(['builds: INCOMPLETE']);
    const others = jenkins.builds().filter(({ jobFullName }) => jobFullName !== job!.fullName);
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(others.map(keyOf).sort());
    jenkins.control.clearFaults();
    const second = await read(jenkins, B, { before: output });
    expect([second.code, second.records.length]).toEqual([0, job!.builds]);
  });

  it('are neither lost nor sent twice from any state', async () => {
    const jenkins = await jenkinsWith({ jobs: 4, builds: 260, levels: 2, running: 2 });
    const env = { HEADRACE_STATE_INTERVAL_MS: '0' };
    const whole = await read(jenkins, B, { env });
    const all = recordsOf(whole, 'builds').map(keyOf);
    expect(whole.states.length).toBeGreaterThan(4);
    for (const { state, after } of whole.states) {
      const resumed = await read(jenkins, B, { before: { ...whole, left: [state] } });
      const sent = [...all.slice(0, after), ...recordsOf(resumed, 'builds').map(keyOf)];
      expect(sent.sort()).toEqual([...all].sort());
    }
  });
});
