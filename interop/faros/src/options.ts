import type { FarosConfig } from './cdk.ts';

/** What `fromFaros` cannot find out by itself. All of it may be left out. */
export interface FarosOptions {
  /** The executable's name; → the source's type and `-source`. */
  readonly name?: string;
  /** The host whose data a config is about: a state of another one is refused. → see hostOf. */
  readonly origin?: (config: FarosConfig & Readonly<Record<string, unknown>>) => string;
  /**
   * Streams whose slices change only parts of the state that belong to them alone (a key per project): the
   * slices behind a failed one go on and their states count. Without it a stream stops at its first failed
   * slice, for a later slice's state may cover what that one did not bring.
   */
  readonly independentSlices?: readonly string[];
  /**
   * What a NonFatalError ends: `slice` → its slice, and the stream is incomplete; `nothing`: as with the CDK
   * it is a warning, the slice counts as read and the state moves past what was not.
   */
  readonly nonFatal?: 'slice' | 'nothing';
  /** Streams read side by side; → one at a time, as their authors had it. */
  readonly sideBySide?: boolean;
}

/** Where the CDK's sources mostly keep the address of what they read. */
const ADDRESSES = ['url', 'base_url', 'api_url', 'server_url', 'site_url', 'host', 'domain'];

/** The host in a config's address, else the vendor: one site in the cloud needs no address. */
export function hostOf(config: Readonly<Record<string, unknown>>, vendor: string): string {
  for (const name of ADDRESSES) {
    const value = config[name];
    if (typeof value !== 'string' || value === '') continue;
    const url = value.includes('://') ? value : `https://${value}`;
    if (URL.canParse(url)) return new URL(url).host;
  }
  return vendor;
}
