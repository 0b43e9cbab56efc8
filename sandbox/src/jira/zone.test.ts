import { describe, expect, it } from 'vitest';
import { byteWriter, putNumber, written } from '../http/writer.ts';
import { putTimestamp } from './timestamp.ts';
import { zoneOf } from './zone.ts';

/** The same with Intl, which is slow. */
function spelled(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    .format(ms)
    .replace(' ', 'T');
  const offset = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(ms)
    .find(({ type }) => type === 'timeZoneName')!.value;
  const thousandths = String(((ms % 1000) + 1000) % 1000).padStart(3, '0');
  return `"${parts}.${thousandths}${offset.slice(3).replace(':', '') || '+0000'}"`;
}

describe.each([
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'UTC',
])('%s', (name) => {
  const zone = zoneOf(name);
  it('writes every instant with its own offset, including daylight saving', () => {
    const out = byteWriter(16);
    const from = Date.UTC(2023, 11, 31);
    for (let i = 0; i < 2000; i++) {
      const ms = from + i * 12_345_678 + (i % 1000);
      out.length = 0;
      putTimestamp(out, ms, zone);
      expect(written(out).toString()).toBe(spelled(ms, name));
    }
  });
  it('finds the instant of a wall-clock time', () => {
    for (let i = 0; i < 700; i++) {
      const ms = Date.UTC(2025, 0, 1, 12) + i * 86_400_000;
      expect(zone.instantOf(ms + zone.offsetAt(ms) * 60_000)).toBe(ms);
    }
  });
});

it('changes the offset in the exact minute of a daylight saving change', () => {
  const zone = zoneOf('Europe/Berlin');
  const spring = Date.UTC(2026, 2, 29, 1);
  expect([zone.offsetAt(spring - 1), zone.offsetAt(spring)]).toEqual([60, 120]);
  // 02:30 does not exist that night in spring, and exists twice in October.
  expect(zone.instantOf(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1, 30));
  expect(zone.instantOf(Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.UTC(2026, 9, 25, 0, 30));
  expect(() => zoneOf('Mars/Olympus')).toThrow(RangeError);
});

it('numbers are written digit by digit', () => {
  for (const value of [0, 7, 10, 99, 100, 10_001, 2 ** 31, 99_999_999_999, 2 ** 53 - 1]) {
    const out = byteWriter(1);
    putNumber(out, value);
    expect(written(out).toString()).toBe(String(value));
  }
});
