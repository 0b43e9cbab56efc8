import { ConfigError } from '../../errors.ts';

/** Somebody else has committed since the states were read: nothing may be stored on top of it. */
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
