import { type Answer, isHeadraceError } from '@headrace/sdk';

/** Jira's message for a refusal, in the account's language. It becomes the `cause` of the error. */
export interface Words {
  readonly errorMessages: readonly string[];
}

/** Jira's own message in a response; undefined if the format is not Jira's (a gateway's or another application's). */
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
    // Not JSON, or cut off: the text is used as it is.
    return undefined;
  }
}

const OPEN_BRACE = 0x7b;

/** The details of a refusal by Jira, which a retry does not change. Undefined for any other error. */
export function refusalOf(error: unknown): (Words & { readonly status: number }) | undefined {
  if (!isHeadraceError(error) || error.status === undefined) return undefined;
  const { errorMessages } = (error.cause ?? {}) as Partial<Words>;
  return Array.isArray(errorMessages) ? { status: error.status, errorMessages } : undefined;
}
