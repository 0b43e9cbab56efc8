import type { Answer } from './answer.ts';

/** Thrown to answer with an error status. The vendor's `error` puts the message into its body. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
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
    if (thrown instanceof Refusal) return error(thrown.status, thrown.message);
    throw thrown;
  }
}
