import { type SandboxClock, sandboxClock } from './clock.ts';
import type { FaultAnswers, FaultKind, FaultPlan, FaultRate } from './faults.ts';
import type { RouteFilter } from './filter.ts';
import type { Gates } from './gates.ts';
import { type Limit, type LimitRule, limitsOf } from './limits.ts';
import type { Spare } from './page.ts';
import type { LineEnd } from './pretty.ts';
import { emptyStats, type SandboxStats } from './stats.ts';

/** Options that every vendor's sandbox has. All are optional. `Kind` names the faults, with the vendor's own. */
export interface ServiceOptions<Kind extends string = FaultKind> {
  /** Default 0: picks a free port; see `url` of the result. */
  port?: number;
  /** Default 127.0.0.1. Use loopback addresses only, because the control endpoint needs no credentials. */
  host?: string;
  /** Whole number that determines all data and faults; default 1. */
  seed?: number;
  /** Milliseconds since 1970; default Date.now. */
  clock?: () => number;
  /** Delay before each answer; default 0. */
  latencyMs?: number;
  /** Random faults, drawn from the seed; default none. */
  faults?: FaultRate<Kind>;
  /** Pretty-print answers with this line end (`true` = lf); default false. */
  pretty?: boolean | 'lf' | 'crlf';
  /** Use gzip if the client accepts it; default false, because loopback is faster without. */
  gzip?: boolean;
}

/** {@link ServiceOptions} with every default filled in. */
export type ServiceSettings = Required<Omit<ServiceOptions, 'faults'>> &
  Pick<ServiceOptions<string>, 'faults'>;

export const SERVICE_DEFAULTS: Required<Omit<ServiceOptions, 'faults'>> = {
  port: 0,
  host: '127.0.0.1',
  seed: 1,
  clock: Date.now,
  latencyMs: 0,
  pretty: false,
  gzip: false,
};

/** What every vendor's sandbox keeps while it runs. A vendor adds its data and its switches. */
export interface Service extends Spare {
  settings: ServiceSettings;
  clock: SandboxClock;
  faults: FaultPlan;
  gates: Gates;
  /** The first one that matches applies. */
  latencies: (RouteFilter & { ms: number })[];
  limits: Limit[];
  stats: SandboxStats;
}

/**
 * The state of a new sandbox.
 * @param limits the vendor's limits, which may use the sandbox's clock
 * @param answers the vendor's kinds of faults; see {@link FaultAnswers}
 */
export function serviceOf(
  settings: ServiceSettings,
  limits: (clock: SandboxClock) => readonly LimitRule[] = () => [],
  answers: FaultAnswers = {},
): Service {
  const clock = sandboxClock(settings.clock);
  return {
    settings,
    clock,
    faults: { seed: settings.seed, rate: settings.faults, rules: [], drawn: 0, answers },
    gates: { closed: [] },
    latencies: settings.latencyMs > 0 ? [{ ms: settings.latencyMs }] : [],
    limits: limitsOf(limits(clock)),
    stats: emptyStats(),
    spare: [],
  };
}

/** The line end to pretty-print with, if any. */
export function lineEndOf({ pretty }: ServiceSettings): LineEnd | undefined {
  if (pretty === false) return undefined;
  return pretty === 'crlf' ? '\r\n' : '\n';
}
