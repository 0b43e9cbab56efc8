import { afterEach, describe, expect, it } from 'vitest';
import type { JenkinsOptions } from './options.ts';
import { type JenkinsSandbox, startJenkins } from './sandbox.ts';
import { ask, login, pathTo, tree } from './testing/client.ts';

let jenkins: JenkinsSandbox;
const start = async (options: JenkinsOptions = {}): Promise<JenkinsSandbox> => {
  jenkins = await startJenkins({ seed: 3, ...options });
  return jenkins;
};
afterEach(() => jenkins.close());

interface Row {
  _class: string;
  name: string;
  fullName: string;
  url: string;
  color?: string;
  lastBuild?: { number: number } | null;
  jobs?: Row[];
  activeConfigurations?: Row[];
  modules?: Row[];
}

/** All items as a client finds them: a request for each folder, following `url` on its own host. */
async function crawl(path = ''): Promise<Row[]> {
  const { jobs = [] } = await tree<{ jobs?: Row[] }>(
    jenkins,
    path,
    'jobs[name,fullName,url,color,lastBuild[number],activeConfigurations[name,fullName,url],modules[name,fullName,url]]',
  );
  const below = await Promise.all(
    jobs.map(async (row) => {
      const parts = [...(row.activeConfigurations ?? []), ...(row.modules ?? [])];
      const isFolder = /Folder|MultiBranch/.test(row._class);
      return [row, ...parts, ...(isFolder ? await crawl(new URL(row.url).pathname.slice(1, -1)) : [])];
    }),
  );
  return below.flat();
}

describe('items', () => {
  it('are found through folders, multibranch projects and parts, at urls that lead to them', async () => {
    await start({ jobs: 60, builds: 300, levels: 5 });
    const rows = await crawl();
    expect(rows.map(({ fullName }) => fullName).sort()).toEqual(
      jenkins
        .jobs()
        .map(({ fullName }) => fullName)
        .sort(),
    );
    expect(new Set(rows.map(({ _class }) => _class)).size).toBeGreaterThanOrEqual(8);
    for (const { url, fullName } of rows) {
      const answer = await ask(jenkins, `${new URL(url).pathname}api/json?tree=fullName`);
      expect([answer.status, JSON.parse(answer.body.toString()).fullName]).toEqual([200, fullName]);
    }
    expect(Math.max(...rows.map(({ fullName }) => fullName.split('/').length))).toBeGreaterThanOrEqual(5);
  });

  it('have awkward names, encoded as Jenkins does: a branch twice', async () => {
    await start({ jobs: 0, builds: 0 });
    const { control } = jenkins;
    const folder = control.createJob({ name: 'R&D C# 100% größe+', kind: 'folder' });
    const project = control.createJob({ name: 'app', folder, kind: 'multibranch' });
    const branch = control.createBranch({ multibranch: project, branch: 'fix/#48 a&b+c' });
    expect(branch).toBe('R&D C# 100% größe+/app/fix%2F%2348 a%26b+c');
    const [{ url }] = (await tree<{ jobs: [{ url: string }] }>(jenkins, pathTo(project), 'jobs[url]')).jobs;
    expect(url).toBe(
      `${jenkins.root}/job/R&D%20C%23%20100%25%20gr%C3%B6%C3%9Fe+/job/app/job/fix%252F%252348%20a%2526b+c/`,
    );
    const { displayName } = await tree<{ displayName: string }>(
      jenkins,
      new URL(url).pathname.slice(1, -1),
      'displayName',
    );
    expect(displayName).toBe('fix/#48 a&b+c');
    // Encoded once, the slash divides segments.
    expect((await ask(jenkins, `${pathTo(project)}/job/fix%2F%2348%20a%2526b+c/api/json`)).status).toBe(404);
  });

  it('begin with the root url that Jenkins believes in, behind a prefix', async () => {
    await start({ pathPrefix: '/ci/jenkins' });
    const first = async () => (await tree<{ jobs: Row[] }>(jenkins, '', 'jobs[url]')).jobs[0]!.url;
    expect(await first()).toMatch(new RegExp(`^${jenkins.url}/ci/jenkins/job/`));
    expect((await ask(jenkins, '/api/json')).status).toBe(404);
    jenkins.control.rootUrl({ to: 'http://localhost:8080/' });
    expect(await first()).toMatch(/^http:\/\/localhost:8080\/job\//);
    jenkins.control.rootUrl({ to: null });
    expect(await first()).toBeNull();
    jenkins.control.rootUrl({});
    expect(await first()).toContain('/ci/jenkins/');
  });

  it('that were never built have lastBuild null, or none', async () => {
    for (const nullLastBuild of [true, false]) {
      await start({ jobs: 0, builds: 0, awkward: false, nullLastBuild });
      jenkins.control.createJob({ name: 'new' });
      const { jobs } = await tree<{ jobs: Row[] }>(jenkins, '', 'jobs[color,lastBuild[number]]');
      expect(jobs).toEqual([
        {
          _class: 'hudson.model.FreeStyleProject',
          color: 'notbuilt',
          ...(nullLastBuild && { lastBuild: null }),
        },
      ]);
      if (nullLastBuild) await jenkins.close();
    }
  });

  it('can be denied: a 403 that names itself, a 404, left out of lists or dropped by its own list', async () => {
    await start({ jobs: 30, levels: 3 });
    const folder = jenkins.jobs().find(({ kind }) => kind === 'folder')!.fullName;
    const before = jenkins.builds().length;
    jenkins.control.deny({ job: folder });
    expect(jenkins.builds().length).toBeLessThan(before);
    const refused = await ask(jenkins, `${pathTo(folder)}/api/json`);
    expect(refused.status).toBe(403);
    expect(refused.headers).toMatchObject({
      'x-you-are-authenticated-as': 'demo',
      'x-required-permission': 'hudson.model.Item.Read',
    });
    const names = async (selection: string) =>
      (await tree<{ jobs: Row[] }>(jenkins, '', selection)).jobs.map(({ name }) => name);
    expect(await names('jobs[name]')).not.toContain(folder);
    jenkins.control.deny({ job: folder, listed: true, status: 404 });
    expect((await ask(jenkins, `${pathTo(folder)}/api/json`)).status).toBe(404);
    expect(await names('jobs[name]')).toContain(folder);
    expect(await names('jobs[name,jobs[name]]')).not.toContain(folder);
    jenkins.control.allow({ job: folder });
    expect(await names('jobs[name,jobs[name]]')).toContain(folder);
  });

  it('are renamed, moved, deleted and made again', async () => {
    await start({ jobs: 8, builds: 80, levels: 2 });
    const { control } = jenkins;
    const job = jenkins.jobs().find(({ kind, builds }) => kind === 'freestyle' && builds! > 2)!;
    const renamed = control.rename({ job: job.fullName, to: 'other name' });
    const moved = control.move({ job: renamed, to: control.createJob({ name: 'attic', kind: 'folder' }) });
    expect(moved).toBe('attic/other name');
    expect(jenkins.jobs().find(({ uid }) => uid === job.uid)).toMatchObject({
      fullName: moved,
      builds: job.builds,
    });
    expect((await ask(jenkins, `${pathTo(job.fullName)}/api/json`)).status).toBe(404);
    control.recreate({ job: moved });
    const again = jenkins.jobs().find(({ fullName }) => fullName === moved)!;
    expect([again.uid === job.uid, again.builds, again.nextBuildNumber]).toEqual([false, 0, 1]);
    expect(control.start({ job: moved })).toMatchObject([{ number: 1 }]);
    control.deleteJob({ job: 'attic' });
    expect(jenkins.jobs().some(({ fullName }) => fullName.startsWith('attic'))).toBe(false);
    expect(() => control.move({ job: 'attic', to: null })).toThrow('no job attic');
  });
});

describe('access', () => {
  it('is Basic, sent at once: nobody gets a 403, a wrong token a 401', async () => {
    await start();
    const anonymous = await ask(jenkins, 'api/json', { authorization: undefined });
    expect([anonymous.status, anonymous.headers['www-authenticate']]).toEqual([403, undefined]);
    expect((await ask(jenkins, 'api/json', { authorization: login(jenkins, 'wrong') })).status).toBe(401);
    expect((await ask(jenkins, 'api/json')).headers).toMatchObject({ 'x-jenkins': '2.541.1' });
    jenkins.control.credentials({ apiToken: 'another' });
    expect((await ask(jenkins, 'api/json')).status).toBe(401);
    await jenkins.close();
    await start({ anonymousRead: true });
    expect((await ask(jenkins, 'api/json', { authorization: undefined })).status).toBe(200);
    expect((await ask(jenkins, 'api/json', { authorization: login(jenkins, 'wrong') })).status).toBe(401);
  });

  it('refuses raw brackets and long URLs, and answers a malformed tree with a page', async () => {
    await start({ longestUrl: 300 });
    expect((await ask(jenkins, 'api/json?tree=jobs[name]')).status).toBe(400);
    expect((await ask(jenkins, 'api/json?tree=jobs%5Bname%5D{0,1}')).status).toBe(400);
    expect((await ask(jenkins, `api/json?tree=${'a,'.repeat(150)}a`)).status).toBe(414);
    const malformed = await ask(jenkins, 'api/json?tree=jobs%5Bname');
    expect([malformed.status, malformed.headers['content-type']]).toEqual([500, 'text/html;charset=utf-8']);
    expect(malformed.body.toString()).toContain('Oops!');
    expect((await ask(jenkins, 'job/nowhere/api/json')).status).toBe(404);
  });

  it.each([
    ['sign-in', 302, /^$/],
    ['sign-in-elsewhere', 302, /^$/],
    ['sign-in-page', 200, /Sign in/],
    ['proxy-page', 200, /session has ended/],
    ['oops', 500, /Oops!/],
    ['starting', 503, /getting ready/],
  ] as const)('has the fault %s', async (kind, status, body) => {
    await start();
    jenkins.control.fail({ kind });
    const answer = await ask(jenkins, 'api/json');
    expect([answer.status, body.test(answer.body.toString())]).toEqual([status, true]);
    if (status === 302) expect(answer.headers.location).toMatch(/login|authorize/);
    expect((await ask(jenkins, 'api/json')).status).toBe(200);
  });
});
