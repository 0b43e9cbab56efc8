import type { FarosConfig } from './cdk.ts';

/** Settings that `fromFaros` cannot detect. All are optional. */
export interface FarosOptions {
  /** Name of the executable; default: the source's type plus `-source`. */
  readonly name?: string;
  /** The host that a config reads from. A state from another host is refused. Default: see hostOf. */
  readonly origin?: (config: FarosConfig & Readonly<Record<string, unknown>>) => string;
  /**
   * Streams in which each slice changes only its own part of the state (for example one key per project). If a slice
   * of such a stream fails, the other slices are still read and their states count. Other streams stop at their first
   * failed slice, because the state of a later slice may cover records that the failed one did not return.
   */
  readonly independentSlices?: readonly string[];
  /**
   * What a NonFatalError ends. `slice` (default): the slice fails, and the stream is incomplete. `nothing`: as in the
   * CDK, it is only a warning; the slice counts as read, and the state moves past the missing records.
   */
  readonly nonFatal?: 'slice' | 'nothing';
  /** Reads streams concurrently. Default false: one at a time, as their authors expect. */
  readonly sideBySide?: boolean;
}

/** The usual names of the address option in CDK sources. */
const ADDRESSES = ['url', 'base_url', 'api_url', 'server_url', 'site_url', 'host', 'domain'];

/** The host of the config's address. Without an address, the vendor: a single cloud site needs none. */
export function hostOf(config: Readonly<Record<string, unknown>>, vendor: string): string {
  for (const name of ADDRESSES) {
    const value = config[name];
    if (typeof value !== 'string' || value === '') continue;
    const url = value.includes('://') ? value : `https://${value}`;
    if (URL.canParse(url)) return new URL(url).host;
  }
  return vendor;
}
