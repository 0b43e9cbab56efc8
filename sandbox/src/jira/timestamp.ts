import { type ByteWriter, reserve } from '../http/writer.ts';
import type { Zone } from './zone.ts';

/** Appends `"2026-03-28T16:06:20.165+0800"`, including quotes, with the zone's offset at that instant. */
export function putTimestamp(out: ByteWriter, ms: number, zone: Zone): void {
  reserve(out, 30);
  const offset = zone.offsetAt(ms);
  const local = ms + offset * 60_000;
  const day = Math.floor(local / 86_400_000);
  const clock = local - day * 86_400_000;
  const packed = packedDate(day);
  const year = Math.floor(packed / 10_000);
  const { bytes } = out;
  let at = out.length;
  bytes[at++] = 34;
  at = pair(bytes, pair(bytes, at, Math.floor(year / 100)), year % 100);
  bytes[at++] = 45;
  at = pair(bytes, at, Math.floor(packed / 100) % 100);
  bytes[at++] = 45;
  at = pair(bytes, at, packed % 100);
  bytes[at++] = 84;
  at = pair(bytes, at, Math.floor(clock / 3_600_000));
  bytes[at++] = 58;
  at = pair(bytes, at, Math.floor(clock / 60_000) % 60);
  bytes[at++] = 58;
  at = pair(bytes, at, Math.floor(clock / 1000) % 60);
  bytes[at++] = 46;
  const thousandths = clock % 1000;
  bytes[at++] = 48 + Math.floor(thousandths / 100);
  at = pair(bytes, at, thousandths % 100);
  bytes[at++] = offset < 0 ? 45 : 43;
  const away = Math.abs(offset);
  at = pair(bytes, pair(bytes, at, Math.floor(away / 60)), away % 60);
  bytes[at++] = 34;
  out.length = at;
}

function pair(bytes: Buffer, at: number, value: number): number {
  const tens = Math.floor(value / 10);
  bytes[at] = 48 + tens;
  bytes[at + 1] = 48 + value - tens * 10;
  return at + 2;
}

/** Cache of calendar dates by day since 1970, because the arithmetic is the expensive part of a timestamp. */
const DATES = new Int32Array(40_000);

/** Converts days since 1970 to a number like 20260328 (Howard Hinnant's civil_from_days). */
function packedDate(days: number): number {
  const known = DATES[days];
  if (known !== undefined && known !== 0) return known;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const packed = year * 10_000 + month * 100 + doy - Math.floor((153 * mp + 2) / 5) + 1;
  DATES[days] = packed;
  return packed;
}
