import { draw } from '../../http/random.ts';

/**
 * A time of the store in microseconds, as the vendor shows it: digits below a millisecond are made up from the time.
 * A whole second stays one.
 */
export function microsOf(at: number): number {
  return (
    at * 1000 + (at % 1000 === 0 ? 0 : draw(Math.floor(at / 4_294_967_296), at % 4_294_967_296, 7) % 1000)
  );
}

/** `2022-08-12T15:40:01.755214+00:00`; without a fraction on a whole second. */
export function dateOf(at: number): string {
  const text = new Date(at).toISOString().slice(0, 19);
  const micros = microsOf(at) % 1_000_000;
  return micros === 0 ? `${text}+00:00` : `${text}.${String(micros).padStart(6, '0')}+00:00`;
}

/** `2023-02-20T08:58:19.14397Z`: how Pipelines writes times, without trailing zeros. */
export function pipelineDate(at: number): string {
  const text = new Date(at).toISOString().slice(0, 19);
  const fraction = String(microsOf(at) % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${text}Z` : `${text}.${fraction}Z`;
}

/** The microseconds of an ISO date with up to six digits of a second; undefined if it is none. */
export function microsIn(text: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?$/.exec(
    text,
  );
  if (!parts) return undefined;
  const [, day, time = '00:00:00', fraction = '', zone = 'Z'] = parts;
  const ms = Date.parse(`${day}T${time}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
