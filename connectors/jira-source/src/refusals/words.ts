import { type Answer, isHeadraceError } from '@headrace/sdk';

/** What Jira says with a refusal, in the language of the account. It is the `cause` of the error. */
export interface Words {
  readonly errorMessages: readonly string[];
}

/** Jira's own words in an answer; undefined where it is not of Jira's form: a gateway's, another application's. */
export function wordsIn({ bytes }: Pick<Answer, 'bytes'>): Words | undefined {
  if (bytes[0] !== OPEN_BRACE) return undefined;
  try {
    const { errorMessages, errors } = JSON.parse(bytes.toString()) as Record<string, unknown>;
    const all = [
      ...(Array.isArray(errorMessages) ? errorMessages : []),
      ...(typeof errors === 'object' && errors !== null ? Object.values(errors) : []),
    ];
    return all.length > 0 ? { errorMessages: all.map(String) } : undefined;
  } catch {
    // No JSON, or cut: what stands in it is said as it is.
    return undefined;
  }
}

const OPEN_BRACE = 0x7b;

/** A refusal of Jira's: asking again does not change it. Undefined for any other error. */
export function refusalOf(error: unknown): (Words & { readonly status: number }) | undefined {
  if (!isHeadraceError(error) || error.status === undefined) return undefined;
  const { errorMessages } = (error.cause ?? {}) as Partial<Words>;
  return Array.isArray(errorMessages) ? { status: error.status, errorMessages } : undefined;
}
