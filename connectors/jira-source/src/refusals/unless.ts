import { isHeadraceError, type Page, type PassedOver } from '@headrace/sdk';
import { refusalOf } from '../answers/words.ts';
import type { Asked, Refusal } from './kinds.ts';

/**
 * Finds out which of these refusals an error is; undefined if none. The status must match, and in addition either
 * Jira's message or a second request. The message alone is not enough, because it is in the account's language.
 */
export async function refusalIn(
  refusals: readonly Refusal[],
  error: unknown,
  asked: Asked,
): Promise<Refusal | undefined> {
  const refused = refusalOf(error);
  if (!refused) return undefined;
  const possible = refusals.filter(({ statuses }) => statuses.includes(refused.status));
  if (possible.length === 0) return undefined;
  const said = (words: readonly string[]): Refusal | undefined =>
    possible.find(({ says }) => says.some((known) => words.some((word) => known.test(word))));
  return (
    said(refused.errorMessages) ??
    (await confirmed(possible, asked)) ??
    said(await saidInEnglish(asked, refused.status))
  );
}

async function confirmed(possible: readonly Refusal[], asked: Asked): Promise<Refusal | undefined> {
  for (const refusal of possible) if (await refusal.isSo(asked)) return refusal;
  return undefined;
}

/** Makes Cloud answer in English (JRACLOUD-71793). Never sent with a request for records, which would be translated. */
const ENGLISH = { 'accept-language': 'en', 'x-force-accept-language': 'true' };

async function saidInEnglish({ http, path }: Asked, status: number): Promise<readonly string[]> {
  try {
    await http.json({ path, headers: ENGLISH });
    return [];
  } catch (error) {
    if (!isHeadraceError(error)) throw error;
    const refused = refusalOf(error);
    return refused?.status === status ? refused.errorMessages : [];
  }
}

/**
 * The pages of a stream. If one of these refusals occurs, it is counted and the pages end. Any other error is thrown.
 * @param refused also called if a refusal occurs
 */
export async function* unless<P extends Page>(
  refusals: readonly Refusal[],
  { stream, id, path }: Omit<Asked, 'http'> & { readonly stream: string },
  { http, passedOver }: Pick<Asked, 'http'> & { readonly passedOver: PassedOver },
  pages: AsyncIterable<P>,
  refused?: () => void,
): AsyncGenerator<P> {
  try {
    yield* pages;
  } catch (error) {
    const refusal = await refusalIn(refusals, error, { http, id, path });
    if (refusal === undefined) throw error;
    passedOver.add(stream, refusal.what);
    refused?.();
  }
}
