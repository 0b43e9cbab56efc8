import type { JsonObject } from '@headrace/sdk/protocol';
import { checkConfig, validateConfig } from '@headrace/sdk/spec';

/** A configuration, and the schema of a spec that it has to fit. */
export interface CheckRequest {
  readonly schema: JsonObject;
  /** With ordinary numbers. */
  readonly config: unknown;
  readonly place: string;
  readonly isOurs: boolean;
}

/** A mistake, as data that threads can hand over. */
interface Mistake {
  readonly message: string;
  readonly code: string;
  readonly place: string | undefined;
  readonly hint: string | undefined;
}

/** The mistakes, or why the schema says nothing. */
export type CheckAnswer = { readonly mistakes: readonly Mistake[] } | { readonly unusable: string };

/**
 * What a spec allows by `additionalProperties: true` is meant. Our own specs have to say that for Airbyte, which adds
 * keys, and mean it not. A connector of our SDK gets the config as it stands and normalizes it again; what "" and []
 * mean to any other is its own affair.
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
