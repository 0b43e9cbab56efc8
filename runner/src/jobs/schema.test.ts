import { describe, expect, test } from 'vitest';
import { badSchedule } from './schema.ts';

describe('schedules', () => {
  test.each([
    '* * * * *',
    '0 2 * * *',
    '*/15 8-18 * * mon-fri',
    '0,30 0 1 jan,jul sun',
    '5 4 31 12 7',
    '0 0 1-7/2 * *',
  ])('%s is one', (text) => {
    expect(badSchedule(text)).toBeUndefined();
  });

  test.each([
    ['0 2 * *', '5 fields'],
    ['60 2 * * *', 'minute cannot be 60'],
    ['0 24 * * *', 'hour cannot be 24'],
    ['0 0 0 * *', 'day cannot be 0'],
    ['0 0 * foo *', 'month cannot be foo'],
    ['0 0 * * 8', 'weekday cannot be 8'],
    ['*/0 * * * *', 'minute cannot be */0'],
    ['0 0 * * mon-', 'weekday cannot be mon-'],
    ['@daily', '5 fields'],
  ])('%s is none: %s', (text, why) => {
    expect(badSchedule(text)).toContain(why);
  });
});
