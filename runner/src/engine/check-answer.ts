import type { JsonObject } from '@headrace/sdk/protocol';
import { checkConfig, validateConfig } from '@headrace/sdk/spec';

/** A configuration and the schema that it has to match. */
export interface CheckRequest {
  readonly schema: JsonObject;
  /** With ordinary numbers. */
  readonly config: unknown;
  readonly place: string;
  readonly isOurs: boolean;
}

/** A mistake, as data that can be passed between threads. */
interface Mistake {
  readonly message: string;
  readonly code: string;
  readonly place: string | undefined;
  readonly hint: string | undefined;
}

/** The mistakes, or why the schema cannot be used. */
export type CheckAnswer = { readonly mistakes: readonly Mistake[] } | { readonly unusable: string };

/**
 * `additionalProperties: true` in a spec means what it says, except in our own specs: they need it because Airbyte adds
 * keys, and unknown keys are still reported. A connector of our SDK gets the config unchanged and normalizes it again.
 * What "" and [] mean to any other connector, only that connector knows.
 */
export function answerTo({ schema, config, place, isOurs }: CheckRequest): CheckAnswer {
  try {
    const errors = isOurs
      ? checkConfig({ ...schema, additionalProperties: undefined }, config, place).errors
      : validateConfig(schema, config, place, 'as the schema says');
    return { mistakes: errors.map(({ message, code, place, hint }) => ({ message, code, place, hint })) };
  } catch (error) {
    return { unusable: (error as Error).message };
  }
}
