import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../protocol/is-object.ts';
import type { ConnectorSpecification, JsonObject, StateMessage } from '../../protocol/messages.ts';
import type { ConnectorProcess, StartOptions } from '../process/connector-process.ts';
import type { Output } from '../process/output.ts';
import { must } from '../suite/check.ts';
import { openWorkplace, type Run, tail, type Workplace, within } from '../suite/workplace.ts';
import type { DestinationFixture, DestinationSuiteOptions, StoredRecord } from './options.ts';

export interface DestinationSuite {
  readonly options: DestinationSuiteOptions;
  spec(): Promise<ConnectorSpecification>;
}

/** What one check works with: an empty target and its own files. */
export interface DestinationContext extends DestinationSuite, Workplace<DestinationFixture> {
  /** Starts a `write` to the fixture with its stdin open. */
  startWrite(of?: WriteFiles, options?: StartOptions): Promise<ConnectorProcess>;
  /** Runs a `write` with this input until it ends. */
  write(input: string | Uint8Array, of?: WriteFiles): Promise<Run>;
  stored(): Promise<StoredRecord[]>;
}

interface WriteFiles {
  readonly config?: object;
  readonly catalog?: object;
}

export function openDestinationSuite(options: DestinationSuiteOptions): DestinationSuite {
  let spec: Promise<ConnectorSpecification> | undefined;
  const suite: DestinationSuite = {
    options,
    spec: () => {
      spec ??= within(openPlace(suite), async ({ run }) => {
        const ran = await run(['spec']);
        const said = ran.output.messages.find((message) => message.type === 'SPEC');
        must(said, 'spec prints no SPEC', tail(ran));
        return said.spec;
      });
      return spec;
    },
  };
  return suite;
}

/** Opens the context for a check. */
export function openPlace(suite: DestinationSuite): DestinationContext {
  const place = openWorkplace(suite.options);
  const { files, start, run } = place;
  const writeArgs = async ({ config, catalog }: WriteFiles = {}): Promise<string[]> => [
    'write',
    '--config',
    files.write(config ?? (await context.fixture()).config),
    ...(catalog === undefined ? [] : ['--catalog', files.write(catalog)]),
  ];
  const context: DestinationContext = {
    ...suite,
    ...place,
    startWrite: async (of, more) => start(await writeArgs(of), { stdin: 'open', ...more }),
    write: async (input, of) => run(await writeArgs(of), { stdin: input }),
    stored: async () => {
      const all: StoredRecord[] = [];
      for await (const one of (await context.fixture()).stored()) all.push(one);
      return all;
    },
  };
  return context;
}

/** Which expected records are missing and which stored ones were not expected, counting duplicates. */
export function differences(
  expected: ReadonlyArray<{ stream: string; namespace?: string; data: unknown }>,
  stored: readonly StoredRecord[],
): string[] {
  const counts = new Map<string, number>();
  const keyOf = ({ stream, namespace, data }: StoredRecord): string =>
    `${namespace ? `${namespace}.` : ''}${stream} ${canonical(data)}`;
  for (const one of expected) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  for (const one of stored) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(
      ([key, count]) =>
        `${count > 0 ? `missing ${count} of` : `${-count} too many of`}: ${key.slice(0, 200)}`,
    );
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

/** An echo without the members that the destination adds. */
function withoutStats(line: string): JsonObject {
  const message = JSON.parse(line) as { state: JsonObject };
  const { destinationStats: _, ...rest } = message.state;
  return { ...message, state: rest };
}

/** Where the echoes differ from the states sent. Each state must be echoed once, in order and complete. */
export function echoFindings(sent: readonly string[], { output }: Run): string[] {
  const echoed = output.states.map(({ line }) => line);
  const findings: string[] = [];
  if (echoed.length !== sent.length) findings.push(`${echoed.length} states were echoed of ${sent.length}`);
  for (let i = 0; i < Math.min(echoed.length, sent.length); i++) {
    const same = isDeepStrictEqual(withoutStats(echoed[i]!), withoutStats(sent[i]!));
    if (!same) findings.push(`state ${i + 1} was ${sent[i]!.trim()}, its echo is ${echoed[i]}`);
  }
  return findings;
}

/** The counts of stored and rejected records in the echoes, per stream. */
export function countsOf(output: Output): { recordCount: number; rejectedRecordCount: number } {
  let [recordCount, rejectedRecordCount] = [0, 0];
  for (const { state } of output.states) {
    recordCount += state.destinationStats?.recordCount ?? 0;
    rejectedRecordCount += state.destinationStats?.rejectedRecordCount ?? 0;
  }
  return { recordCount, rejectedRecordCount };
}

/** The `at` of each stream's state, as the suite's own states hold it. */
export function positionsOf(states: readonly StateMessage[]): Record<string, number> {
  const positions: Record<string, number> = {};
  for (const { stream } of states) {
    const at = stream?.stream_state?.at;
    if (stream && typeof at === 'number') positions[stream.stream_descriptor.name] = at;
  }
  return positions;
}
