import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInProcess } from '@headrace/sdk/testing';
import { expect, it, onTestFinished } from 'vitest';
import source from '../src/source.ts';
import { ownBytes } from './run.ts';

const FOLDER = new URL('../../../sandbox/recorded/', import.meta.url);

/** The recorded bodies of a kind, as text: `{"body": …}` a line. */
const bodies = (...names: string[]): string[] =>
  names.flatMap((name) =>
    readFileSync(new URL(`jenkins_${name}.jsonl`, FOLDER), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice('{"body":'.length, -1)),
  );

const JOBS = bodies('jobs_multibranch');
const BUILDS = bodies('builds', 'builds_multibranch');
const STAGES = bodies('stages', 'stages_multibranch');

/** A Jenkins whose jobs have a recorded build each, and its pipelines the recorded stages. */
async function startRecorded(): Promise<string> {
  const jobs = BUILDS.map((build, i) => {
    const { number, timestamp } = JSON.parse(build) as { number: number; timestamp: number };
    const last = `{"number":${number},"timestamp":${timestamp}}`;
    const place = `"name":"j${i}","fullName":"j${i}","url":"http://localhost/job/j${i}/"`;
    return { number, build, item: `{${place},"nextBuildNumber":${number + 1},"lastBuild":${last}}` };
  });
  const pipelines = jobs.flatMap(({ build }, i) => (build.includes('WorkflowRun') ? [i] : []));
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const [, job, number] = /^\/job\/j(\d+)\/(?:(\d+)\/)?/.exec(url.pathname) ?? [];
    const one = job === undefined ? undefined : jobs[Number(job)];
    const pipeline = pipelines.indexOf(Number(job));
    const share = Math.ceil(STAGES.length / pipelines.length);
    let body: string | undefined;
    if (url.pathname === '/api/json')
      body = `{"jobs":[${[...JOBS, ...jobs.map(({ item }) => item)].join()}]}`;
    else if (one && number === undefined) body = `{"builds":[${one.build}],"allBuilds":[${one.build}]}`;
    else if (one && url.pathname.endsWith('wfapi/describe'))
      body = `{"stages":[${STAGES.slice(pipeline * share, (pipeline + 1) * share).join()}]}`;
    else if (one && Number(number) === one.number) body = one.build;
    response
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(body ?? '{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('passes real recorded answers through with equal bytes', async () => {
  const config = { base_url: await startRecorded(), credentials: { auth_type: 'none' } };
  const output = await runInProcess(source, 'read', config, { streams: ['jobs', 'builds', 'build_stages'] });
  expect(output.errors).toEqual([]);
  const sent = (stream: string, context?: string): string[] =>
    output.records
      .filter((record) => record.stream === stream)
      .map(({ text }) => (context === undefined ? text : ownBytes(text, context)))
      .sort();
  expect(sent('jobs').filter((text) => JOBS.includes(text))).toHaveLength(4);
  expect(sent('builds', 'jobFullName')).toEqual([...BUILDS].sort());
  // Some stages stand twice in the recording.
  expect(new Set(sent('build_stages', 'jobFullName'))).toEqual(new Set(STAGES));
});

it('takes an answer without what was asked for as an error, never as an empty list', async () => {
  // What an old Jenkins answers: it skips what it does not know.
  const server = createServer((request, response) => {
    const isTop = request.url!.startsWith('/api/json');
    const job = '{"name":"j","fullName":"j","nextBuildNumber":300,"lastBuild":{"number":299,"timestamp":1}}';
    response.end(isTop ? `{"jobs":[${job}]}` : '{"_class":"x"}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const output = await runInProcess(
    source,
    'read',
    { base_url, credentials: { auth_type: 'none' } },
    { streams: ['builds', 'nodes', 'queue'] },
  );
  expect([output.code, output.records.length]).toEqual([1, 0]);
  for (const missing of ['allBuilds', 'computer', 'items'])
    expect(output.errors.map(({ message }) => message).join()).toContain(`has no “${missing}”`);
});
