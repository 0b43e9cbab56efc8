import { below, draw } from '../../http/random.ts';
import { personName } from '../../texts.ts';
import type { JiraSettings } from '../options.ts';
import { SITE } from './site.ts';

/** An account, in the two formats that the vendor uses. */
export interface Person {
  /** On Data Center: the user key. */
  accountId: string;
  displayName: string;
  /** What Data Center's user search matches: user name, e-mail address and the words of the display name. */
  searched: readonly string[];
  active: boolean;
  /** JSON of a user inside an issue, comment, worklog or changelog entry. */
  reference: Buffer;
  /** JSON of a user in `/users/search`. */
  listed: Buffer;
}

/** The accounts of a site. Some people are inactive, and one account in ten is an app. */
export function peopleOf(
  seed: number,
  count: number,
  settings: Pick<JiraSettings, 'timeZone' | 'deployment'>,
): Person[] {
  return Array.from({ length: count }, (_, index) => person(seed, index, settings));
}

function person(
  seed: number,
  index: number,
  { timeZone, deployment }: Pick<JiraSettings, 'timeZone' | 'deployment'>,
): Person {
  const hex = (salt: number) => draw(seed, index, salt).toString(16).padStart(8, '0');
  const app = index % 10 === 9;
  const accountId = app ? `557058:${hex(1)}-${hex(2).slice(0, 4)}-${hex(3)}` : `${hex(1)}${hex(2)}${hex(3)}`;
  const displayName = app ? `Automation ${index}` : personName(seed, index);
  const active = app || below(8, seed, index, 4) !== 0;
  const avatar = `https://a.example/${hex(5)}`;
  const avatarUrls = Object.fromEntries(
    [48, 24, 16, 32].map((size) => [`${size}x${size}`, `${avatar}/${size}`]),
  );
  if (deployment === 'data-center') {
    // Data Center has no account ids. It has a permanent key and a login name.
    const name = `user${index}`;
    const self = `${SITE}/rest/api/2/user?username=${name}`;
    const key = `JIRAUSER${10_100 + index}`;
    const emailAddress = `${name}@acme.example`;
    const bytes = Buffer.from(
      JSON.stringify({ self, key, name, emailAddress, avatarUrls, displayName, active, timeZone }),
    );
    const searched = [name, emailAddress, ...displayName.split(' ')].map((word) => word.toLowerCase());
    return { accountId: key, displayName, searched, active, reference: bytes, listed: bytes };
  }
  const self = `${SITE}/rest/api/3/user?accountId=${accountId}`;
  const accountType = app ? 'app' : 'atlassian';
  const emailAddress = app ? undefined : `user${index}@acme.example`;
  // Most people hide their e-mail address; it is then missing inside issues.
  const reference = { self, accountId, avatarUrls, displayName, active, timeZone, accountType };
  const listed = {
    self,
    accountId,
    accountType,
    emailAddress,
    avatarUrls,
    displayName,
    active,
    locale: 'en_US',
  };
  return {
    accountId,
    displayName,
    searched: [],
    active,
    reference: Buffer.from(JSON.stringify(reference)),
    listed: Buffer.from(JSON.stringify(listed)),
  };
}
