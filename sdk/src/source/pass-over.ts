/**
 * Thrown by a stream's `read` or `cursor` if a partition is not to be read in this run, and that is no failure: a
 * repository that a pattern of the configuration brought and that the account may not open. The partition keeps its
 * state, or has none, the stream can still be COMPLETE, and one INFO per kind tells how many there were.
 */
export class PassOver extends Error {
  override readonly name = 'PassOver';

  /** @param what a plural, the same text each time: `repositories that the account may not read` */
  constructor(what: string) {
    super(what);
  }
}
