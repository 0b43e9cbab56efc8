import { afterEach, expect, it } from 'vitest';
import { type JenkinsSandbox, startJenkins } from './sandbox.ts';
import { ask, pathTo, tree } from './testing/client.ts';

let jenkins: JenkinsSandbox;
afterEach(() => jenkins.close());

it('stages come from the stage view while it is installed, and those of a running build end now', async () => {
  jenkins = await startJenkins({ jobs: 12, builds: 200, running: 12, seed: 2 });
  const pipelines = jenkins.jobs().filter(({ kind, builds }) => kind === 'pipeline' && builds! > 1);
  const facts = jenkins
    .builds()
    .filter(({ jobFullName }) => pipelines.some(({ fullName }) => fullName === jobFullName));
  const describe_ = async ({ jobFullName, number }: { jobFullName: string; number: number }) =>
    ask(jenkins, `${pathTo(jobFullName)}/${number}/wfapi/describe`);
  const running = facts.find(({ building }) => building)!;
  const first = JSON.parse((await describe_(running)).body.toString());
  jenkins.control.advanceClock({ ms: 5000 });
  const second = JSON.parse((await describe_(running)).body.toString());
  expect(second.endTimeMillis - first.endTimeMillis).toBeGreaterThanOrEqual(5000);
  expect(first.stages.length).toBeGreaterThan(0);
  const done = facts.find(({ building }) => !building)!;
  expect((await describe_(done)).body).toEqual((await describe_(done)).body);
  const freestyle = jenkins
    .builds()
    .find(({ jobFullName }) =>
      jenkins.jobs().some(({ fullName, kind }) => fullName === jobFullName && kind === 'freestyle'),
    )!;
  expect((await describe_(freestyle)).status).toBe(404);
  const runs = JSON.parse((await ask(jenkins, `${pathTo(done.jobFullName)}/wfapi/runs`)).body.toString());
  expect(runs.length).toBeLessThanOrEqual(10);
  jenkins.control.plugin({ name: 'pipeline-stage-view', installed: false });
  expect((await describe_(done)).status).toBe(404);
});

it('a test report of any size is streamed, and a build without one is a 404', async () => {
  jenkins = await startJenkins({ jobs: 1, builds: 40, running: 0, levels: 1, testCases: 8000 });
  const job = pathTo(jenkins.jobs()[0]!.fullName);
  const statuses = new Set<number>();
  let largest = 0;
  for (let number = 1; number <= 6; number++) {
    const { status, body } = await ask(jenkins, `${job}/${number}/testReport/api/json`);
    statuses.add(status);
    if (status !== 200) continue;
    const { suites } = JSON.parse(body.toString()) as { suites: { cases: object[] }[] };
    expect(suites.flatMap(({ cases }) => cases).length).toBeGreaterThan(0);
    expect(await jenkins.bytes(`${job}/${number}/testReport/api/json`)).toEqual(body);
    largest = Math.max(largest, body.length);
  }
  expect(statuses).toEqual(new Set([200, 404]));
  expect(largest).toBeGreaterThan(300_000);
  jenkins.control.plugin({ name: 'junit', installed: false });
  expect((await ask(jenkins, `${job}/1/testReport/api/json`)).status).toBe(404);
});

it('a streamed report can be cut like any other answer', async () => {
  jenkins = await startJenkins({ jobs: 1, builds: 40, running: 0, levels: 1, testCases: 2000 });
  const job = pathTo(jenkins.jobs()[0]!.fullName);
  const paths = Array.from({ length: 40 }, (_, i) => `${job}/${i + 1}/testReport/api/json`);
  const found = await Promise.all(paths.map(async (path) => (await ask(jenkins, path)).status));
  const path = paths[found.indexOf(200)]!;
  jenkins.control.fail({ kind: 'cut-json' });
  const cut = await ask(jenkins, path);
  expect(cut.body.length).toBe((await ask(jenkins, path)).body.length >> 1);
  jenkins.control.fail({ kind: 'cut-chunked' });
  await expect(ask(jenkins, path)).rejects.toThrow();
});

it('the queue shows what may only be discovered by name', async () => {
  jenkins = await startJenkins({ jobs: 12, queued: 8 });
  const { items, discoverableItems } = await tree<{ items: { id: number }[]; discoverableItems: object[] }>(
    jenkins,
    'queue',
    'items[id,task[name]],discoverableItems[task[*]]',
  );
  expect([items.length, discoverableItems.length]).toEqual([6, 2]);
  expect(discoverableItems[0]).toEqual({ task: { name: expect.any(String) } });
});

it('the built-in node has another name in each language', async () => {
  jenkins = await startJenkins({ nodes: 2 });
  const names = async (language: string | undefined) =>
    (
      await tree<{ computer: { displayName: string }[] }>(jenkins, 'computer', 'computer[displayName]', {
        'accept-language': language,
      })
    ).computer.map(({ displayName }) => displayName);
  expect(await names('en')).toEqual(['Built-In Node', 'agent-1', 'agent größe & co']);
  expect(await names('fr')).toContain('contrôleur');
  expect(await names(undefined)).toContain('master');
  jenkins.control.node({ displayName: 'agent-1', offline: true });
  expect(await tree(jenkins, 'computer', 'computer[offline]{1}')).toEqual({
    _class: 'hudson.model.ComputerSet',
    computer: [{ _class: 'hudson.slaves.SlaveComputer', offline: true }],
  });
});

it('holds a hundred thousand builds in a few numbers, the same for the same seed', async () => {
  const options = { jobs: 500, builds: 100_000, levels: 5, running: 300, until: Date.UTC(2026, 10, 1) };
  const first = await startJenkins(options);
  await first.close();
  jenkins = await startJenkins(options);
  expect(jenkins.builds()).toEqual(first.builds());
  const own = jenkins.jobs().filter(({ kind }) => kind !== 'configuration' && kind !== 'module');
  expect(own.reduce((sum, { builds = 0 }) => sum + builds, 0)).toBe(100_000);
  expect(own.filter(({ builds }) => builds !== undefined)).toHaveLength(500);
});
