import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { INNER, KEY, PIN, TOKEN, TRACES } from './connectors/canary.mjs';
import { connector, workspace } from './workspace.ts';

/** What each end does at each verb; `spec` of both. */
interface Leak {
  readonly spec?: string;
  readonly source?: Readonly<Record<string, string>>;
  readonly destination?: Readonly<Record<string, string>>;
  readonly keepsStates?: boolean;
  readonly verb?: string;
  /** Also as people see it. */
  readonly both?: boolean;
}

const EVERYWHERE = 'log stderr foreign unreadable';
const LEAKS: ReadonlyArray<readonly [string, Leak]> = [
  ['a spec that crashes', { spec: `${EVERYWHERE} crash` }],
  ['a spec that says why', { spec: `${EVERYWHERE} config_error` }],
  ['a spec, of validate', { spec: EVERYWHERE, verb: 'validate' }],
  ['a check that says FAILED', { source: { check: `${EVERYWHERE} failed` } }],
  [
    'a check that says FAILED, of check',
    { destination: { check: 'stderr failed' }, verb: 'check', both: true },
  ],
  ['a check that crashes', { destination: { check: `${EVERYWHERE} crash` } }],
  ['a discover that fails for a while', { source: { discover: `${EVERYWHERE} transient_error` } }],
  ['a read with refused credentials', { source: { read: `${EVERYWHERE} config_error` } }],
  ['a read whose stream fails', { source: { read: `${EVERYWHERE} stream_error` }, both: true }],
  ['a read that crashes', { source: { read: `${EVERYWHERE} crash` } }],
  ['a write that fails', { destination: { write: `${EVERYWHERE} system_error` } }],
  ['a write that crashes', { destination: { write: 'stderr crash' } }],
  [
    'a state that cannot be had',
    { destination: { state: `${EVERYWHERE} transient_error crash` }, keepsStates: true },
  ],
];

/** A job whose ends have every secret, each found by the runner in another way. */
function leaky({ spec, source, destination, keepsStates }: Leak) {
  const w = workspace();
  w.write('.env', `CANARY_TOKEN='${TOKEN}'\nCANARY_KEY='${KEY}'\n`);
  w.write('secrets/acme/canary.json', JSON.stringify({ pin: PIN, inner: INNER }));
  if (spec) w.write('spec-how', spec);
  if (keepsStates) w.write('keeps-states', '');
  const config = {
    token: '${CANARY_TOKEN}',
    key: '${CANARY_KEY}',
    pin: '${secret:canary.pin}',
    deep: { a: [{ b: '${secret:canary.inner}' }] },
  };
  const end = (how = {}) => ({ connector: connector('leaky'), config: { ...config, ...how } });
  const job = { source: end(source), destination: end(destination), retries: 0 };
  w.write('headrace.yaml', JSON.stringify({ tenant: 'acme', jobs: { j: job } }));
  return w;
}

const tracesIn = (text: string) => TRACES.filter((trace: string) => text.includes(trace));

test('the finder finds: each secret in each of its forms', () => {
  expect(tracesIn(`told: ${TOKEN}`)).not.toEqual([]);
  expect(TRACES.length).toBeGreaterThan(100);
  for (const trace of TRACES) expect(trace.length).toBeGreaterThan(4);
});

test.each(LEAKS)('%s tells no secret: not on the screen, not in JSON, in no file', async (_, leak) => {
  // With --json the logs are on stderr all the same; errors are for people without it.
  for (const mode of leak.both ? [[], ['--json']] : [['--json']]) {
    const w = leaky(leak);
    const ran = await w.run(leak.verb ?? 'run', '--log-level', 'trace', ...mode);
    expect(ran.stdout + ran.stderr).toContain('****');
    expect(tracesIn(ran.stdout + ran.stderr)).toEqual([]);
    const kept = w.files().filter((file) => file.includes('.headrace'));
    if (!leak.verb) expect(kept.some((file) => file.endsWith('.sqlite'))).toBe(true);
    for (const file of kept) {
      expect(tracesIn(readFileSync(file, 'utf8')), file).toEqual([]);
      // And nobody else has a look.
      expect((statSync(file).mode & 0o077).toString(8), file).toBe('0');
    }
    expect((statSync(w.path('.headrace/acme')).mode & 0o777).toString(8)).toBe('700');
  }
});
