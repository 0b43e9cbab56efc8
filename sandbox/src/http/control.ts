import { checkKind, type FaultKind, type FaultRate, type FaultRule } from './faults.ts';
import type { RouteFilter } from './filter.ts';
import { openGates } from './gates.ts';
import { setLimit } from './limits.ts';
import { Refusal } from './refusal.ts';
import type { Service } from './service.ts';
import { countersOf, emptyStats, type SandboxStats } from './stats.ts';

/** Commands that every running sandbox has. `POST /_sandbox/control` takes the same names: `{"do": "fail", …}`. */
export interface ServiceControl<Kind extends string = FaultKind> {
  /** Makes the next matching requests fail: `times` of them (default 1, null = all), after letting `after` through. */
  fail(rule: FaultRule<Kind>): void;
  /** Random faults from now on. Replaces the faults from the options; a rate of 0 turns them off. */
  faultRate(rate: FaultRate<Kind>): void;
  /** Turns off all faults: those set by `fail` and the random ones. */
  clearFaults(): void;
  /** Holds matching requests, after letting `after` through, until `release` is called. */
  hold(gate: RouteFilter & { after?: number }): void;
  /**
   * Releases held requests and opens the gate with exactly this route, or all gates. Returns how many requests
   * waited.
   */
  release(gate?: { route?: string }): number;
  /** Delays matching answers by `ms`. If several calls match a request, the last one wins. */
  latency(rule: RouteFilter & { ms: number }): void;
  /** Sets how much one of the vendor's limits allows (null = anything) and in which time; nothing is spent yet. */
  limit(to: { name: string; amount: number | null; perSeconds?: number }): void;
  /** Moves the clock forward; returns the new time (ms since 1970). */
  advanceClock(by: { ms: number }): number;
  /** Counters since the start or the last `resetStats`. */
  stats(): SandboxStats;
  resetStats(): void;
}

/** The commands on a sandbox's state. */
export function serviceControl<Kind extends string = FaultKind>(service: Service): ServiceControl<Kind> {
  const { clock } = service;
  return {
    fail: (rule) => {
      checkKind(service.faults, rule.kind);
      service.faults.rules.push({ ...rule });
    },
    faultRate: (rate) => {
      for (const kind of rate.kinds) checkKind(service.faults, kind);
      service.faults.rate = rate;
    },
    clearFaults: () => {
      service.faults.rules = [];
      service.faults.rate = undefined;
    },
    hold: (gate) => {
      service.gates.closed.push({ ...gate, after: gate.after ?? 0, waiting: [] });
    },
    release: (gate) => openGates(service.gates, gate?.route),
    latency: (rule) => {
      service.latencies = [
        rule,
        ...service.latencies.filter(
          ({ route, containing }) => route !== rule.route || containing !== rule.containing,
        ),
      ];
    },
    limit: ({ name, amount, perSeconds }) => {
      const limit = service.limits.find((one) => one.name === name);
      if (!limit)
        throw new Refusal(
          `no limit '${name}'; there are: ${service.limits.map((one) => one.name).join(', ')}`,
        );
      setLimit(limit, amount ?? undefined, perSeconds === undefined ? limit.windowMs : perSeconds * 1000);
    },
    advanceClock: ({ ms }) => {
      clock.advance(ms);
      return clock.now();
    },
    stats: () => countersOf(service),
    resetStats: () => {
      const { atOnce } = service.stats;
      service.stats = { ...emptyStats(), atOnce };
    },
  };
}

/** Calls a control method by name with one JSON argument. Used by the HTTP endpoint. */
export function command(control: object, order: Record<string, unknown>): unknown {
  const { do: name, ...argument } = order;
  if (typeof name !== 'string' || !Object.hasOwn(control, name)) {
    throw new Refusal(`"do" must be one of ${Object.keys(control).join(', ')}`);
  }
  const method = control[name as keyof typeof control] as (argument: unknown) => unknown;
  try {
    return method(argument) ?? null;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new Refusal(error.message);
    throw error;
  }
}
