import { isHeadraceError, type Page } from '@headrace/sdk';
import type { PassedOver } from '../passed-over.ts';
import type { Asked, Refusal } from './kinds.ts';
import { refusalOf } from './words.ts';

/**
 * The refusal that an error is, if it is one of these: told by its status, and by Jira's words or a second look.
 * Words alone are not enough, for Jira speaks the language of the account.
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

/** Cloud speaks English if it is made to (JRACLOUD-71793). Never asked for where records come of the answer. */
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
 * Pages of a stream, up to where Jira refuses with one of these: that is counted. Any other error stays one.
 * @param refused called then too
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
