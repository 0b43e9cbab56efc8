import { describe, expect, it } from 'vitest';
import { WHOLE } from '../src/jobs/trees.ts';
import { check, ends, jenkinsWith, keyOf, pathOf, read, recordsOf } from './run.ts';

const J = ['jobs'];
const BOTH = ['jobs', 'builds'];
const names = (records: ReturnType<typeof recordsOf>): string[] =>
  records.map(({ fullName }) => fullName).sort();

describe('jobs', () => {
  it('are all folders, jobs, branches, configurations and modules, with Jenkins’s bytes', async () => {
    const jenkins = await jenkinsWith({ jobs: 60, builds: 200, levels: 6, running: 2 });
    const output = await read(jenkins, J);
    expect(ends(output, J)).toEqual(['jobs: COMPLETE']);
    const facts = jenkins.jobs();
    expect(names(recordsOf(output, 'jobs'))).toEqual(facts.map(({ fullName }) => fullName).sort());
    // Names with slashes, spaces and other characters that a URL encodes.
    expect(facts.filter(({ fullName }) => /%2F/.test(fullName)).length).toBeGreaterThan(0);
    const leaves = new Set(
      facts.flatMap(({ kind, fullName }) => (/^(freestyle|pipeline)$/.test(kind) ? [fullName] : [])),
    );
    for (const { text } of output.records) {
      const { fullName } = JSON.parse(text) as { fullName: string };
      if (!leaves.has(fullName)) continue;
      const path = `${pathOf(fullName)}/api/json?tree=${encodeURIComponent(WHOLE)}`;
      expect(text).toBe((await jenkins.bytes(path, { 'accept-language': 'en' })).toString());
    }
    for (const record of recordsOf(output, 'jobs'))
      for (const list of ['jobs', 'activeConfigurations', 'modules']) expect(record).not.toHaveProperty(list);
  });

  it.each([
    ['another host', 'http://localhost:8080/'],
    ['another path', 'https://ci.example.com/somewhere/else/'],
    ['nothing', null],
  ])('are found although Jenkins gives %s as its address', async (_, rootUrl) => {
    const jenkins = await jenkinsWith({ pathPrefix: '/ci/jenkins', rootUrl, levels: 5 });
    const output = await read(jenkins, BOTH);
    expect(output.code).toBe(0);
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(jenkins.builds().map(keyOf).sort());
  });

  it('never ask for anything outside of config.jobs', async () => {
    const jenkins = await jenkinsWith({ jobs: 30, builds: 200, levels: 4 });
    const facts = jenkins.jobs();
    const folder = facts.find(({ fullName, kind }) => kind === 'folder' && fullName.includes('/'))!.fullName;
    const output = await read(jenkins, BOTH, { jobs: [`${folder}/**`] });
    const inside = facts.filter(({ fullName }) => fullName.startsWith(`${folder}/`));
    expect(names(recordsOf(output, 'jobs'))).toEqual(inside.map(({ fullName }) => fullName).sort());
    const path = `/${pathOf(folder)}/`;
    expect(jenkins.costs().filter(({ url }) => !url.includes(path))).toEqual([]);
    const excluded = await read(jenkins, BOTH, { excluded_jobs: [folder] });
    expect(names(recordsOf(excluded, 'jobs'))).toEqual(
      facts.flatMap(({ fullName }) => (`${fullName}/`.startsWith(`${folder}/`) ? [] : [fullName])).sort(),
    );
    expect(jenkins.costs().filter(({ url }) => url.includes(path))).toEqual([]);
  });

  it('that a pattern does not match are told; check refuses it', async () => {
    const jenkins = await jenkinsWith({ jobs: 4, builds: 10 });
    const output = await read(jenkins, J, { excluded_jobs: ['no-such-*'] });
    expect(output.code).toBe(0);
    expect(output.logged.join()).toContain('config.excluded_jobs[0]: no job matches no-such-*');
    const refused = await check(jenkins, { jobs: ['**', 'nobody/knows-*'] });
    expect(JSON.stringify(refused.messages)).toMatch(/FAILED.*no (folder|job)/);
    expect(JSON.stringify((await check(jenkins, { jobs: ['**'] })).messages)).toContain('SUCCEEDED');
  });

  it('in a folder that is refused are the only ones that are missing', async () => {
    const jenkins = await jenkinsWith({ jobs: 30, builds: 100, levels: 3 });
    const facts = jenkins.jobs();
    const folder = facts.find(({ kind }) => kind === 'folder')!.fullName;
    const first = await read(jenkins, BOTH);
    jenkins.control.deny({ job: folder, listed: true });
    const output = await read(jenkins, BOTH, { before: first });
    expect(ends(output, BOTH)).toEqual(['jobs: INCOMPLETE', 'builds: INCOMPLETE']);
    expect(output.errors.map(({ message }) => message).join()).toContain(folder);
    expect(output.errors.map(({ internal_message }) => internal_message).join()).toContain(
      'jenkins.forbidden',
    );
    const others = facts.filter(({ fullName }) => !`${fullName}/`.startsWith(`${folder}/`));
    expect(names(recordsOf(output, 'jobs'))).toEqual(others.map(({ fullName }) => fullName).sort());
    jenkins.control.allow({ job: folder });
    const third = await read(jenkins, BOTH, { before: output });
    expect([third.code, recordsOf(third, 'builds').length]).toEqual([0, 0]);
  });

  it('whose newest build cannot be read are listed, and their other builds come', async () => {
    const jenkins = await jenkinsWith({ jobs: 8, builds: 60, levels: 3 });
    const job = jenkins.builds().at(-1)!;
    const newest = Math.max(
      ...jenkins.builds().flatMap((one) => (one.jobFullName === job.jobFullName ? [one.number] : [])),
    );
    jenkins.control.damage({ job: job.jobFullName, numbers: [newest], what: 'build' });
    const output = await read(jenkins, BOTH);
    const builds = jenkins
      .builds()
      .filter((one) => !(one.jobFullName === job.jobFullName && one.number === newest));
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(builds.map(keyOf).sort());
    expect(ends(output, BOTH)).toEqual(['jobs: COMPLETE', 'builds: INCOMPLETE']);
    expect(output.errors.map(({ message }) => message).join()).toContain(`${newest}`);
  });

  it.each([
    ['a URL that is too long', { longestUrl: 1500 }],
    ['ranges that fail past the end', { strictRanges: true }],
    ['jobs without builds that leave lastBuild out', { nullLastBuild: false }],
  ])('are read in spite of %s', async (_, options) => {
    const jenkins = await jenkinsWith({ jobs: 20, builds: 60, levels: 5, ...options });
    const output = await read(jenkins, BOTH);
    expect(output.code).toBe(0);
    expect(names(recordsOf(output, 'jobs'))).toEqual(
      jenkins
        .jobs()
        .map(({ fullName }) => fullName)
        .sort(),
    );
    expect(recordsOf(output, 'builds').map(keyOf).sort()).toEqual(jenkins.builds().map(keyOf).sort());
  });

  it('of hundreds of folders cost few requests', async () => {
    const jenkins = await jenkinsWith({ jobs: 300, builds: 600, levels: 5 });
    const first = await read(jenkins, ['builds']);
    const second = await read(jenkins, ['builds'], { before: first });
    expect([second.code, second.records.length]).toEqual([0, 0]);
    // About one for a hundred jobs, configurations and modules included.
    expect(second.requests).toBeLessThanOrEqual(6);
  });

  it('that are renamed, moved or deleted take their builds with them', async () => {
    const jenkins = await jenkinsWith({ jobs: 6, builds: 40, levels: 1 });
    const [one, two] = jenkins
      .jobs()
      .filter(({ builds, kind }) => builds && kind !== 'matrix' && kind !== 'maven');
    let last = await read(jenkins, ['builds']);
    const to = jenkins.control.rename({ job: one!.fullName, to: 'renamed' });
    jenkins.control.deleteJob({ job: two!.fullName });
    last = await read(jenkins, ['builds'], { before: last });
    expect([last.code, new Set(recordsOf(last, 'builds').map(({ jobFullName }) => jobFullName))]).toEqual([
      0,
      new Set([to]),
    ]);
    expect(last.records).toHaveLength(one!.builds!);
  });
});
