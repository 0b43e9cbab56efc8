import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { putAscii, written } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import { CLOUD_ID, SITE } from '../data/site.ts';
import type { Site } from '../site.ts';
import { putTimestamp } from '../timestamp.ts';
import { queryTexts } from './parameters.ts';

/** `GET /rest/api/{2,3}/myself`: the account that owns the token. */
export function myself(site: Site): Answer {
  const { email } = site.credentials;
  if (site.settings.deployment === 'data-center') {
    return json({
      self: `${SITE}/rest/api/2/user?username=demo`,
      key: 'JIRAUSER10000',
      name: 'demo',
      emailAddress: email,
      displayName: 'Headrace Demo',
      active: true,
      timeZone: site.world.zone.name,
      locale: 'en_US',
    });
  }
  const accountId = '5b10ac8d82e05b22cc7d4ef5';
  return json({
    self: `${SITE}/rest/api/3/user?accountId=${accountId}`,
    accountId,
    accountType: 'atlassian',
    emailAddress: email,
    displayName: 'Headrace Demo',
    active: true,
    timeZone: site.world.zone.name,
    locale: 'en_US',
  });
}

/** The `/myself` answer for an anonymous caller. It is the only read that reports the missing login. */
export function unauthorized(): Answer {
  return json({ errorMessages: ['Client must be authenticated to access this resource.'], errors: {} }, 401, {
    'WWW-Authenticate': 'OAuth realm="https%3A%2F%2Facme.example"',
  });
}

/** `GET /rest/api/{2,3}/serverInfo`: needs no login. A Data Center reports itself as a Server. */
export function serverInfo(site: Site): Answer {
  const out = page(site);
  putTimestamp(out, site.clock.now(), site.world.zone);
  const serverTime = JSON.parse(written(out).toString()) as string;
  out.length = 0;
  const [version, type, build] =
    site.settings.deployment === 'cloud'
      ? ['1001.0.0-SNAPSHOT', 'Cloud', 100_300]
      : site.settings.userList
        ? ['10.3.12', 'Server', 10_030_012]
        : ['10.3.11', 'Server', 10_030_011];
  const numbers = version.split(/\D/).slice(0, 3).join(',');
  putAscii(
    out,
    `{"baseUrl":"${SITE}","version":"${version}","versionNumbers":[${numbers}],"deploymentType":"${type}","buildNumber":${build},`,
  );
  putAscii(out, `"serverTime":"${serverTime}","serverTitle":"Jira","defaultLocale":{"locale":"en_US"}}`);
  return raw(out);
}

/** `GET /_edge/tenant_info`: needs no login. */
export function tenantInfo(): Answer {
  return json({ cloudId: CLOUD_ID });
}

/** `GET /rest/api/3/configuration`: which features are enabled. */
export function configuration(site: Site): Answer {
  return json({
    votingEnabled: true,
    watchingEnabled: true,
    unassignedIssuesAllowed: true,
    subTasksEnabled: true,
    issueLinkingEnabled: site.linking,
    timeTrackingEnabled: true,
    attachmentsEnabled: true,
  });
}

/** `GET /rest/api/3/mypermissions?permissions=A,B`: which of them the account has. */
export function myPermissions(site: Site, call: Call): Answer {
  return json(permissions(call, (key) => !site.denied.has(key)));
}

/** The answer for an anonymous caller, who has no permissions. */
export function noPermissions(_: Site, call: Call): Answer {
  return json(permissions(call, () => false));
}

function permissions(call: Call, have: (key: string) => boolean): object {
  const keys = queryTexts(call, 'permissions');
  if (!keys) throw new Refusal("The 'permissions' query parameter is required.");
  const entries = keys.map((key, i) => {
    const type = key.startsWith('ADMINISTER') || key.startsWith('USER') ? 'GLOBAL' : 'PROJECT';
    return [key, { id: String(i + 10), key, name: key, type, description: '', havePermission: have(key) }];
  });
  return { permissions: Object.fromEntries(entries) };
}
