import { type JenkinsOptions, type JenkinsSandbox, startJenkins } from '@headrace/sandbox';
import { type InProcess, type InProcessOptions, runInProcess, statesAfter } from '@headrace/sdk/testing';
import source from '../../../connectors/jenkins-source/src/source.ts';
import { Landed } from './landed.ts';

/** A Jenkins that is synced again and again, and the builds that landed. */
export interface World {
  readonly jenkins: JenkinsSandbox;
  readonly landed: Landed;
  /**
   * Reads from the last states on; keeps the states, and the builds that they cover.
   * @param killed the share of its states after which it was killed; default 1: never
   */
  sync(killed?: number): Promise<InProcess>;
  /** The states of the last sync, as JSON. */
  states(): string;
}

/** Starts a Jenkins and syncs nothing yet. */
export async function worldOf(
  options: JenkinsOptions,
  streams: readonly string[] = ['builds'],
): Promise<World> {
  const jenkins = await startJenkins(options);
  const landed = new Landed();
  let states: InProcessOptions['states'];
  return {
    jenkins,
    landed,
    sync: async (killed = 1) => {
      const output = await runInProcess(source, 'read', configOf(jenkins), {
        streams,
        states,
        env: { HEADRACE_STATE_INTERVAL_MS: '0' },
      });
      const count = Math.floor(output.states.length * killed);
      const end = output.states
        .slice(0, count)
        .findLast(({ state }) => state.stream?.stream_descriptor.name === 'builds');
      for (const [at, { stream, text }] of output.records.entries())
        if (stream === 'builds' && at < (end?.after ?? 0)) landed.add(text);
      const next = statesAfter(output, count);
      states = [...(states ?? []).filter((old) => !next.some((one) => nameOf(one) === nameOf(old))), ...next];
      return output;
    },
    states: () => JSON.stringify(states ?? []),
  };
}

const nameOf = (state: NonNullable<InProcessOptions['states']>[number]): string | undefined =>
  state.stream?.stream_descriptor.name;

export function configOf({ root, user, apiToken }: JenkinsSandbox): object {
  return { base_url: root, credentials: { auth_type: 'api_token', username: user, api_token: apiToken } };
}
