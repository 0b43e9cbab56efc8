import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { withoutLists } from './records.ts';

describe('a record without what is listed below it', () => {
  it.each([
    ['{"a":1,"jobs":[{"jobs":[]}],"b":2}', '{"a":1,"b":2}'],
    ['{"jobs":[{"x":"\\"jobs\\":[]"}],"b":2}', '{"b":2}'],
    ['{"a":"\\"jobs\\":[1]","jobs":[]}', '{"a":"\\"jobs\\":[1]"}'],
    ['{"jobs":[],"modules":[1],"b":2}', '{"b":2}'],
    ['{"a":1,"activeConfigurations":[],"jobs":[],"modules":[]}', '{"a":1}'],
    ['{"jobs":[]}', '{}'],
    ['{"jobs":[],"modules":[]}', '{}'],
    ['{"a":{"jobs":[1]}}', '{"a":{"jobs":[1]}}'],
    ['{ "a" : 1 , "jobs" : [ 1 ] , "b" : 2 }', '{ "a" : 1  , "b" : 2 }'],
  ])('%s', (record, without) => {
    expect(withoutLists(Buffer.from(record)).toString()).toBe(without);
  });
});
