import type { DestinationEnv, StateToCommit, StreamCounts } from '@headrace/sdk';
import { type ConfiguredStream, RecordLine, type StreamDescriptor } from '@headrace/sdk/protocol';
import { config, type JsonlConfig } from '../src/config.ts';
import { jsonlWriter } from '../src/store/writer.ts';
import { env } from './store.ts';

export const settingsOf = (root: string, given: Partial<JsonlConfig> = {}): JsonlConfig =>
  config.parse({ path: root, source: 's', allow_ephemeral: true, ...given });

export interface Around extends Partial<DestinationEnv> {
  /** What a catalog says of every stream. */
  readonly asked?: Omit<ConfiguredStream, 'name' | 'jsonSchema'>;
  /** Committed with the records. */
  readonly states?: readonly StateToCommit[];
  /** Records that come behind the last state and are given up. */
  readonly lost?: readonly string[];
}

/** One run in this process: the lines of each stream come, and it completes. */
export async function writeStreams(
  root: string,
  streams: Readonly<Record<string, readonly string[]>>,
  given: Partial<JsonlConfig> = {},
  { asked, states = [], lost = [], ...around }: Around = {},
): Promise<void> {
  const writer = jsonlWriter(settingsOf(root, given), {
    ...env,
    processEnv: { HEADRACE_LOCK_WAIT_MS: '0' },
    ...around,
  });
  const { signal } = new AbortController();
  await writer.begin({ sourceName: undefined, streams: [], stateCommit: undefined, signal });
  const counts = new Map<StreamDescriptor, StreamCounts>();
  try {
    for (const [name, lines] of Object.entries(streams)) {
      const sink = writer.stream({ name }, asked && { name, jsonSchema: {}, ...asked });
      writer.batch(Buffer.from([...lines, ...lost].join('\n')));
      const said = lines.map((line) => sink.write(RecordLine.of(name, line, { emittedAt: 1000 })));
      sink.mark();
      for (const line of lost) sink.write(RecordLine.of(name, line));
      if (lost.length > 0) await sink.rollBack();
      else sink.complete?.('said');
      const stored = said.filter((what) => what === 'stored').length;
      counts.set({ name }, { stored, quarantined: said.length - stored, rolledBack: lost.length });
      await writer.ready();
    }
    await writer.commit(states, counts);
    await writer.end();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
