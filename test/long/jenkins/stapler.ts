import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endOf, runInProcess } from '@headrace/sdk/testing';
import source from '../../../connectors/jenkins-source/src/source.ts';
import { type Hudson, startHudson } from '../../../scripts/hudson/hudson.ts';
import { judge, type Result } from '../result.ts';

const MANY = 10_000;
const NAMES = ['api-build', 'nightly deploy', "o'neill (old), v=1", 'größe + more'];

interface Row {
  number: number;
  timestamp: number;
  result: string;
}

/** jenkins-source reads jobs and builds of a real server with Stapler: as many as its own API says, each as it says. */
export async function jenkinsStapler(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const hudson = await startHudson();
  if (typeof hudson === 'string') {
    process.stdout.write(`the real Stapler: left out, ${hudson}\n`);
    return result;
  }
  const proxy = await proxyFor(hudson);
  try {
    for (const name of [...NAMES, 'many']) await hudson.createJob(name);
    for (const branch of ['main', 'broken', 'main']) await hudson.build(NAMES[0]!, branch);
    await hudson.build(NAMES[1]!);
    await hudson.writeBuilds('many', MANY);
    const config = { base_url: proxy.url, credentials: { auth_type: 'none' } };
    const began = performance.now();
    const output = await runInProcess(source, 'read', config, { streams: ['jobs', 'builds'] });
    const seconds = (performance.now() - began) / 1000;
    const landed = new Map<string, Map<number, Row>>();
    for (const { text } of output.records.filter(({ stream }) => stream === 'builds')) {
      const row = JSON.parse(text) as Row & { jobFullName: string };
      landed.set(row.jobFullName, (landed.get(row.jobFullName) ?? new Map()).set(row.number, row));
    }
    const jobs = output.records.filter(({ stream }) => stream === 'jobs').length;
    const { jobs: own } = JSON.parse(
      (await hudson.ask(`api/json?tree=${encodeURIComponent('jobs[name,builds[number,timestamp,result]]')}`))
        .body,
    ) as { jobs: Array<{ name: string; builds: Row[] }> };
    let builds = 0;
    const different: string[] = [];
    for (const { name, builds: rows } of own) {
      builds += rows.length;
      if ((landed.get(name)?.size ?? 0) !== rows.length)
        different.push(`${name}: ${landed.get(name)?.size ?? 0} of ${rows.length}`);
      for (const { number, timestamp, result: end } of rows) {
        const row = landed.get(name)?.get(number);
        if (row?.timestamp !== timestamp || row.result !== end) different.push(`${name} #${number}`);
      }
    }
    const complete = ['jobs', 'builds'].every((stream) => endOf(output, stream) === 'COMPLETE');
    judge(
      result,
      complete && jobs === own.length && different.length === 0 && builds === MANY + 4,
      `the real Stapler: ${jobs} jobs and ${builds} builds in ${proxy.count()} requests and ${seconds.toFixed(1)} s; ` +
        `different from its own API: ${different.length}${different.slice(0, 3).map((one) => ` ${one}`)}`,
    );
  } finally {
    await proxy.close();
    await hudson.stop();
  }
  return result;
}

/** Adds what came to Jenkins after the fork: full names, and `allBuilds`, which was then what `builds` is. */
async function proxyFor(hudson: Hudson): Promise<{ url: string; count(): number; close(): Promise<void> }> {
  let count = 0;
  const server = createServer((request, response) => {
    count++;
    const url = (request.url ?? '/').slice(1).replace('tree=allBuilds', 'tree=builds');
    hudson.ask(url).then(
      ({ status, body }) => {
        const isRenamed = url !== request.url?.slice(1);
        response.writeHead(status, {
          'content-type': status === 200 ? 'application/json;charset=utf-8' : 'text/html',
        });
        response.end(status === 200 ? newer(body, isRenamed) : body);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function newer(body: string, isRenamed: boolean): string {
  const { builds, ...answer } = JSON.parse(body) as { builds?: unknown; jobs?: Array<{ name?: string }> };
  // Without folders, a full name is the name.
  const jobs = answer.jobs?.map((job) => ({ ...job, fullName: job.name }));
  return JSON.stringify({
    ...answer,
    ...(jobs && { jobs }),
    ...(builds !== undefined && { [isRenamed ? 'allBuilds' : 'builds']: builds }),
  });
}
