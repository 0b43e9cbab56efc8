import type { Call } from '../../http/call.ts';
import { originOf } from '../../http/call.ts';
import type { Language } from '../options.ts';
import type { Site } from '../site.ts';
import { languageFor } from './texts.ts';

/** What an answer depends on besides the data: who asked, how, and when. */
export interface View {
  site: Site;
  /** Jenkins' address as it believes it to be, with a trailing slash. Null = `url`s are null. */
  root: string | null;
  /** The path prefix, with a leading slash or empty. Links of the stage view begin with it. */
  prefix: string;
  language: Language;
  /** Milliseconds since 1970 by the controller's clock. */
  now: number;
}

export function viewOf(site: Site, call: Pick<Call, 'headers'>): View {
  const { rootUrl, pathPrefix, language } = site.settings;
  return {
    site,
    root: rootUrl === undefined ? `${originOf(call as Call)}${pathPrefix}/` : rootUrl,
    prefix: pathPrefix,
    language: languageFor(call.headers['accept-language'], language),
    now: site.clock.now(),
  };
}

/** An address below Jenkins' root. */
export function urlOf({ root }: View, path: string): string | null {
  return root === null ? null : `${root}${path}`;
}
