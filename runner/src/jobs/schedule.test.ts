import { describe, expect, test } from 'vitest';
import { badSchedule } from './schedule.ts';

describe('schedules', () => {
  test.each([
    '* * * * *',
    '0 2 * * *',
    '*/15 8-18 * * mon-fri',
    '0,30 0 1 jan,jul sun',
    '5 4 31 12 7',
    '0 0 1-7/2 * *',
    '0 2 29 2 *',
    '0 2 31 2,3 *',
    '0 2 31 2 mon',
    '0 2 * * FRI-7',
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
    ['0 0 2 * * *', '5 fields'],
    ['0 22-6 * * *', 'hour cannot be 22-6, a range that ends before it begins: 22-23,0-6'],
    ['0 2 * * sat-sun', 'weekday cannot be sat-sun, a range that ends before it begins: sat-6,0-sun'],
    ['0 2 31 2 *', 'no month 2 has a day 31'],
    ['0 2 30-31 feb *', 'no month feb has a day 30-31'],
    ['0 2 31 4,6,sep *', 'no month 4,6,sep has a day 31'],
    ['L * * * *', 'minute cannot be L'],
  ])('%s is none: %s', (text, why) => {
    expect(badSchedule(text)).toContain(why);
  });
});
