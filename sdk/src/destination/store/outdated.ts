import { ConfigError } from '../../errors.ts';

/** The error if another writer has committed since the states were read: nothing may be stored then. */
export function outdated(from: number, number: number, destination = 'the destination'): ConfigError {
  return new ConfigError(
    `another pipe wrote since; run again (states of commit ${from} were read, ${number} is the last)`,
    {
      code: 'destination.state_commit',
      place: 'state',
      hint: `run the whole pipe again, from ${destination} state on`,
    },
  );
}
