import type { Answer } from './answer.ts';

/** Thrown to answer with an error status. The vendor's `error` puts the message into its body. */
export class Refusal extends Error {
  readonly status: number;
  /** Sent instead of the vendor's error body, where that needs more than a message: a redirect, a machine-readable field. */
  readonly answer: Answer | undefined;

  constructor(message: string, status = 400, answer?: Answer) {
    super(message);
    this.status = answer?.status ?? status;
    this.answer = answer;
  }
}

/** Turns a refusal into the vendor's error body. Anything else that is thrown is a bug and passes through. */
export async function refusalsAnswered(
  error: (status: number, message: string) => Answer,
  handle: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await handle();
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.answer ?? error(thrown.status, thrown.message);
    throw thrown;
  }
}
