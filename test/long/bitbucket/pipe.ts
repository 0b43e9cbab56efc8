import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BitbucketSandbox, BitbucketStream } from '@headrace/sandbox';
import { landedLines } from '../../landed.ts';
import { type Ended, environment, shell } from '../../processes.ts';
import { type Comparison, landedOf } from './compare.ts';
import { configOf } from './world.ts';

/** A folder with the pipe of the README in it: bitbucket-source into jsonl-destination, whose files are the state store. */
export interface Pipe {
  /** Runs it once. `source.pid` holds the source's process id. */
  run(): Promise<Ended>;
  /** The destination's states, as `--state` takes them. */
  states(): Promise<string>;
  /** Everything in the files, as the last version of each record, beside what is there now. */
  compare(streams: readonly BitbucketStream[]): Comparison[];
}

/**
 * @param folder an empty one, for configurations, files and states
 * @param env environment variables of the programs
 */
export function pipeInto(
  folder: string,
  bitbucket: BitbucketSandbox,
  streams: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Pipe {
  const write = (name: string, value: object): void =>
    writeFileSync(join(folder, name), JSON.stringify(value));
  write('c.json', configOf(bitbucket));
  write('d.json', {
    path: './bronze',
    allow_ephemeral: true,
    source: 'bitbucket',
    envelope: 'none',
    commit_seconds: 0.2,
  });
  // The shell becomes the source, so its process id is the source's.
  writeFileSync(
    join(folder, 'source.sh'),
    `echo $$ > source.pid; exec bitbucket-source read --config c.json --state - --streams ${streams.join()}\n`,
  );
  const states = 'jsonl-destination state --config d.json';
  return {
    run: () =>
      shell(`${states} | sh source.sh | jsonl-destination write --config d.json`, folder, environment(env)),
    states: async () => (await shell(states, folder)).stdout,
    compare: (wanted) =>
      wanted.map((stream) => {
        const landed = landedOf(stream);
        for (const line of landedLines(join(folder, 'bronze'), stream)) landed.add(line.toString());
        return landed.compare(bitbucket);
      }),
  };
}

/** The process id of the source that runs in a folder. */
export const sourceIn = (folder: string): number => Number(readFileSync(join(folder, 'source.pid'), 'utf8'));
