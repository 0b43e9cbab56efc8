import { NAMES, type RunResult } from '../engine/events.ts';
import { wantsTelemetry } from '../telemetry/is-wanted.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Context } from './context.ts';
import type { MachinePorts } from './ports.ts';

/** One for each command: its metrics are sums over all of its runs. */
const opened = new WeakMap<Context, Promise<Telemetry | undefined>>();

/**
 * Sends what a run did to a collector, if the usual variables of OpenTelemetry are set. `sent` resolves when that is done
 * or given up; call it when the run has ended.
 */
export async function listenForTelemetry(
  machine: MachinePorts,
  context: Context,
): Promise<{ sent(): Promise<void> }> {
  const known = opened.get(context) ?? open(context);
  opened.set(context, known);
  const telemetry = await known;
  machine.listen((event) => {
    // What is sent has no secrets (invariant 6).
    if (event.type === 'run_ended')
      telemetry?.ran(context.secrets.scrubValue(event.result, NAMES) as RunResult);
  });
  return { sent: async () => telemetry?.flush() };
}

async function open({ env, output }: Context): Promise<Telemetry | undefined> {
  const wanted = wantsTelemetry(env);
  if (!wanted.traces && !wanted.metrics) return undefined;
  const said = new Set<string>();
  const { openTelemetry } = await import('../telemetry/telemetry.ts');
  return openTelemetry(wanted, (sentence) => {
    if (!said.has(sentence)) output.note(sentence);
    said.add(sentence);
  });
}
