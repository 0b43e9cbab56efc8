import { InvalidArgumentError, Option } from 'commander';
import { FAULT_KINDS, type FaultKind, type FaultRate } from './http/faults.ts';
import type { Sandbox } from './http/sandbox.ts';
import type { ServiceOptions } from './http/service.ts';

/** A commander parser for whole numbers not below `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    return value;
  };
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

export function instant(text: string): number {
  const value = Date.parse(text);
  if (Number.isNaN(value))
    throw new InvalidArgumentError('It must be an ISO date such as 2026-11-01T00:00:00Z.');
  return value;
}

/** A commander parser for a list of names out of `known`. */
function kindsAmong(known: readonly string[]): (text: string) => string[] {
  return (text) =>
    text.split(',').map((name) => {
      const kind = known.find((one) => one === name.trim());
      if (!kind)
        throw new InvalidArgumentError(`There is no fault '${name}'. Choose from ${known.join(', ')}.`);
      return kind;
    });
}

/** The flags that every vendor's command has. */
export interface ServiceFlags<Kind extends string = FaultKind>
  extends Omit<ServiceOptions, 'host' | 'clock' | 'faults'> {
  faults?: number;
  faultKinds: Kind[];
  faultRoute?: string;
}

/** The options behind {@link ServiceFlags}, each to be added where the vendor's help should show it. */
export const option = {
  port: (standard: number) =>
    new Option('--port <n>', 'port to listen on; 0 picks a free one').argParser(whole(0)).default(standard),
  seed: () => new Option('--seed <n>', 'determines all data and faults').argParser(whole(0)).default(1),
  latency: () => new Option('--latency-ms <ms>', 'delay before each answer').argParser(whole(0)),
  faults: () => new Option('--faults <share>', 'share of requests that fail, 0 to 1').argParser(share),
  /** @param own the vendor's kinds of faults besides the common ones */
  faultKinds: (own: readonly string[] = []) => {
    const known = [...FAULT_KINDS, ...own];
    return new Option('--fault-kinds <list>', `any of ${known.join(', ')}`)
      .argParser(kindsAmong(known))
      .default(['500', '503', '429', 'reset', 'cut-length'], '500,503,429,reset,cut-length');
  },
  faultRoute: (example: string) =>
    new Option('--fault-route <route>', `only requests to this route fail, such as ${example}`),
  pretty: () =>
    new Option('--pretty [line-end]', 'pretty-print answers').choices(['lf', 'crlf']).preset('lf'),
  gzip: () => new Option('--gzip', 'use gzip if the client accepts it'),
};

/** The random faults that the flags ask for. */
export function faultsOf<Kind extends string>({
  faults,
  faultKinds,
  faultRoute,
}: ServiceFlags<Kind>): FaultRate<Kind> | undefined {
  return faults === undefined ? undefined : { rate: faults, kinds: faultKinds, route: faultRoute };
}

/** Prints where the sandbox is and how to log in, and closes it on SIGINT or SIGTERM. */
export function serveUntilStopped({ url, close }: Sandbox<object>, introduction: string): void {
  process.stdout.write(`${introduction} — statistics: ${url}/_sandbox/stats — press Ctrl-C to stop\n`);
  const stop = () => {
    close().then(
      () => process.exit(0),
      (error: Error) => fail(error),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Says in one line why the sandbox could not start. */
export function fail(error: NodeJS.ErrnoException): void {
  const sentence =
    error.code === 'EADDRINUSE'
      ? 'The port is in use. Choose another one with --port, or let --port 0 pick a free one.'
      : error.message;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
