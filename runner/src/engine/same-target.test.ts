import { expect, test } from 'vitest';
import { defaultAt, factsOf, optionAt, withOption } from './connector-facts.ts';
import { sameTargets } from './same-target.ts';

const postgres = {
  'x-headrace': { state: true, target: ['host', 'port', 'database.name', 'schema'], source: 'source' },
  connectionSpecification: {
    properties: { port: { default: 5432 }, database: { properties: { name: { default: 'main' } } } },
  },
};

/** Mistakes among destinations of jobs `0`, `1`, …: which job, and where. */
function mistakes(spec: object, configs: object[], connector = 'x', volumes: string[][] = []) {
  const jobs = configs.map((config, k) => ({
    job: { name: String(k), folder: '/srv', destination: { volumes: volumes[k] } },
    prepared: { destination: { config, spec, connector: { name: connector } } },
  }));
  return sameTargets(jobs as never).map(({ job, error }) => `${job.name} ${error.place}: ${error.message}`);
}

test('two jobs on one target and source are a mistake, whatever the target is made of; defaults count', () => {
  const one = { host: 'db', source: 'a' };
  const same = { host: 'db', port: '5432', database: { name: 'main' }, source: 'a' };
  const others = [
    { ...one, host: 'db2' },
    { ...one, port: 5433 },
    { ...one, database: { name: 'other' } },
    { ...one, schema: 's' },
    { ...one, source: 'b' },
  ];
  expect(mistakes(postgres, [one, ...others])).toEqual([]);
  expect(mistakes(postgres, [one, ...others, same])).toEqual([
    '6 destination.config.source: 0 and 6 write to the same host, port, database.name, schema and source (a)',
  ]);
});

test('a folder may be written in several ways; a container has its own', () => {
  const files = { 'x-headrace': { target: ['path'] }, connectionSpecification: {} };
  const paths = [{ path: 'bronze' }, { path: './bronze/' }, { path: '/srv/bronze' }, { path: 'silver' }];
  expect(mistakes(files, paths)).toHaveLength(2);
  const data = [{ path: '/data' }, { path: '/data' }, { path: '/data' }];
  expect(mistakes(files, data, 'docker://x', [['a:/data'], ['b:/data'], ['a:/data']])).toHaveLength(1);
});

test('without a target nothing is compared', () => {
  const silent = { 'x-headrace': { state: true, source: 'source' }, connectionSpecification: {} };
  expect(mistakes(silent, [{ source: 'a' }, { source: 'a' }])).toEqual([]);
  expect(mistakes({ connectionSpecification: {} }, [{ path: 'a' }, { path: 'a' }])).toEqual([]);
});

test.each([null, 5, 'x', [], { state: 'yes', target: 'path', source: 5, start: '' }, { target: [5, null] }])(
  'an x-headrace of another shape says that it is one of ours, and no more: %j',
  (facts) => {
    expect(factsOf({ 'x-headrace': facts, connectionSpecification: {} } as never)).toEqual({
      state: false,
      target: [],
    });
  },
);

test('options are found and set at paths with dots', () => {
  const config = { a: { b: 1 }, c: [] };
  expect(['a.b', 'a.x', 'c.length', 'a.b.c', 'toString'].map((path) => optionAt(config, path))).toEqual([
    1,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(withOption(config, 'a.n', 2)).toEqual({ a: { b: 1, n: 2 }, c: [] });
  expect(withOption(config, 'x.y', 2)).toEqual({ ...config, x: { y: 2 } });
  expect(config).toEqual({ a: { b: 1 }, c: [] });
  expect(defaultAt({ properties: { a: { properties: { b: { default: 3 } } } } }, 'a.b')).toBe(3);
  expect(defaultAt({ properties: [5] }, 'a.b')).toBeUndefined();
});
