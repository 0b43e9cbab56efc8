import {
  BITBUCKET_STREAMS,
  type BitbucketOptions,
  type BitbucketSandbox,
  type BitbucketStream,
  startBitbucket,
} from '@headrace/sandbox';
import { type InProcess, type InProcessOptions, runInProcess, statesAfter } from '@headrace/sdk/testing';
import bitbucketSource from '../../../connectors/bitbucket-source/src/source.ts';
import { type Comparison, landedOf } from './compare.ts';

/** Streams that read everything each time: only the last run counts. */
const SNAPSHOTS: readonly BitbucketStream[] = ['workspaces', 'workspace_members', 'branches', 'tags'];

/** A Bitbucket that is synced again and again, and what has landed of it. */
export interface World {
  readonly bitbucket: BitbucketSandbox;
  /** Reads from the last states on; keeps states and records. */
  sync(options?: SyncOptions): Promise<InProcess>;
  /** Reads from other states; keeps nothing. */
  read(options: Omit<InProcessOptions, 'streams'>): Promise<InProcess>;
  /** How everything that landed compares with what is there now. */
  compare(): Comparison[];
  /** The size of the last states, as JSON. */
  stateBytes(): number;
}

type SyncOptions = Omit<InProcessOptions, 'states' | 'streams'> & { readonly config?: object };

/**
 * Starts a Bitbucket and syncs nothing yet.
 * @param seenAs what is compared of the records of a stream; default: all of their bytes
 */
export async function worldOf(
  options: BitbucketOptions,
  streams: readonly BitbucketStream[] = BITBUCKET_STREAMS,
  seenAs: Partial<Record<BitbucketStream, (bytes: string) => string>> = {},
): Promise<World> {
  const bitbucket = await startBitbucket(options);
  const landed = new Map(streams.map((name) => [name, landedOf(name, seenAs[name])]));
  let states: InProcessOptions['states'];
  return {
    bitbucket,
    sync: async ({ config, ...more } = {}) => {
      const output = await runInProcess(
        bitbucketSource,
        'read',
        { ...configOf(bitbucket), ...config },
        { ...more, streams, ...(states && { states }) },
      );
      for (const name of SNAPSHOTS) if (landed.has(name)) landed.set(name, landedOf(name));
      for (const { stream, text } of output.records) landed.get(stream as BitbucketStream)?.add(text);
      const next = new Map(
        [...(states ?? []), ...statesAfter(output, output.states.length)].map((state) => [
          state.stream?.stream_descriptor.name,
          state,
        ]),
      );
      states = [...next.values()];
      return output;
    },
    read: (more) => runInProcess(bitbucketSource, 'read', configOf(bitbucket), { ...more, streams }),
    compare: () => [...landed.values()].map((one) => one.compare(bitbucket)),
    stateBytes: () => Buffer.byteLength(JSON.stringify(states ?? [])),
  };
}

export function configOf({ url, email, apiToken }: BitbucketSandbox): object {
  return {
    base_url: url,
    auth_url: url,
    credentials: { auth_type: 'api_token', email, api_token: apiToken },
  };
}
