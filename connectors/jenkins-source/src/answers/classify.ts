import { type Answer, ConfigError, type Verdict, webPageOf } from '@headrace/sdk';
import type { Config } from '../config.ts';

const RENEW =
  'check credentials.username (the user’s id) and credentials.api_token; new tokens expire after 30 days unless chosen otherwise, and some single sign-on plugins end them with the session';

/**
 * Interprets Jenkins's responses, before the default rules for their status apply. Jenkins names the reason of a
 * refusal in headers; its texts are translated (docs/vendors/jenkins.md, Reaching it).
 */
export function classifier({ credentials }: Config): (answer: Answer) => Verdict | undefined {
  const isAnonymous = credentials.auth_type === 'none';
  return (answer) => {
    const { status, request: place } = answer;
    if (status === 401) {
      const message = isAnonymous
        ? 'this server asks for credentials'
        : 'Jenkins does not accept these credentials';
      const hint = isAnonymous ? 'set credentials to the API token of a user' : RENEW;
      return refused(
        new ConfigError(`${message}${pageIn(answer)}`, { code: 'jenkins.unauthorized', place, status, hint }),
      );
    }
    if (status === 403) return refused(forbidden(answer, isAnonymous), false);
    if (status >= 300 && status < 400 && isSignIn(answer)) {
      const message = 'this address leads to a sign-in page instead of Jenkins’s API';
      const hint = isAnonymous
        ? 'set credentials to the API token of a user'
        : 'let requests with an API token pass the single sign-on, or set base_url to an address behind it';
      return refused(new ConfigError(message, { code: 'jenkins.sign_in', place, status, hint }));
    }
    return undefined;
  };
}

const refused = (error: ConfigError, isRefusal = true): Verdict => ({ kind: 'fatal', error, isRefusal });

function forbidden(answer: Answer, isAnonymous: boolean): ConfigError {
  const { headers, request: place, status } = answer;
  const user = text(headers['x-you-are-authenticated-as']);
  const permission = text(headers['x-required-permission']);
  if (user === undefined && permission === undefined) {
    // Not in Jenkins's words: a proxy in front of it, or an old release.
    return new ConfigError(`the account may not read this${pageIn(answer)}`, {
      code: 'jenkins.forbidden',
      place,
      status,
      hint: isAnonymous
        ? 'set credentials to the API token of a user who may read it'
        : 'give the user the permissions Overall/Read and Job/Read, and look for a proxy that refuses the request',
    });
  }
  const who = isAnonymous ? 'without credentials nobody may' : `the user ${user ?? 'of the token'} may not`;
  const lacks = permission === undefined ? '' : `: ${permissionName(permission)} is missing`;
  return new ConfigError(`${who} read this${lacks}`, {
    code: 'jenkins.forbidden',
    place,
    status,
    hint: isAnonymous
      ? 'set credentials to the API token of a user who may read it'
      : 'ask a Jenkins administrator for the permission; reading needs Overall/Read and Job/Read',
  });
}

/** `hudson.model.Item.Read` as people see it: `Item.Read`. */
const permissionName = (permission: string): string => permission.split('.').slice(-2).join('.');

/** A header's value; Jenkins repeats some of them for each permission that would do, and the first is enough. */
const text = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** Jenkins's own sign-in page, or another host: a single sign-on. */
function isSignIn({ headers, request }: Answer): boolean {
  const location = text(headers.location);
  if (location === undefined) return false;
  const target = URL.parse(location, 'http://same.invalid/');
  const path = target?.pathname ?? '';
  return /\/(login|loginError|securityRealm\/\w+)\/?$/.test(path) && !request.includes(path);
}

/** Describes an HTML page, which means that something other than Jenkins's API answered. Empty if there is none. */
function pageIn({ bytes }: Answer): string {
  const page = webPageOf(bytes);
  return page === undefined ? '' : `: ${page}`;
}
