import { type Answer, isHeadraceError } from '@headrace/sdk';

/** Jira's error messages, in the account's language. They become the `cause` of the error. */
export interface Words {
  readonly errorMessages: readonly string[];
}

/** Jira's error messages in a response. Undefined if the format is not Jira's, but that of a gateway, for example. */
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
    // Not JSON, or truncated. The caller quotes the text instead.
    return undefined;
  }
}

const OPEN_BRACE = 0x7b;

/** The status and messages of an error that came from Jira itself. Undefined for any other error. */
export function refusalOf(error: unknown): (Words & { readonly status: number }) | undefined {
  if (!isHeadraceError(error) || error.status === undefined) return undefined;
  const { errorMessages } = (error.cause ?? {}) as Partial<Words>;
  return Array.isArray(errorMessages) ? { status: error.status, errorMessages } : undefined;
}
