import { html } from '../http/answer.ts';
import { isBasic } from '../http/auth.ts';
import type { Access, Call } from '../http/call.ts';
import { page } from './answer.ts';
import type { Site } from './site.ts';

/**
 * Who sent a request, and whether a server on the way refuses it. Jenkins never asks for a login: nobody gets a 403,
 * wrong credentials a 401 even where anybody may read.
 */
export function accessOf(site: Site, { path, url, headers }: Call): Access {
  const { pathPrefix, longestUrl, anonymousRead } = site.settings;
  if (Buffer.byteLength(url) > longestUrl) return { path, refusal: jetty(414, 'URI Too Long') };
  // The servlet container's URI grammar does not have these characters.
  if (/[[\]{}|^`"<>\\ ]/.test(url)) return { path, refusal: jetty(400, 'Bad Request') };
  if (pathPrefix !== '' && path !== pathPrefix && !path.startsWith(`${pathPrefix}/`))
    return { path: '/', refusal: html('<html><head><title>404 Not Found</title></head></html>', 404) };
  const below = path.slice(pathPrefix.length) || '/';
  if (headers.authorization === undefined) {
    if (anonymousRead || below === '/login') return { path: below };
    return {
      path: below,
      refusal: page(
        403,
        'Authentication required',
        `<meta http-equiv='refresh' content='1;url=${pathPrefix}/login'/>`,
        {
          'X-You-Are-Authenticated-As': 'anonymous',
          'X-Required-Permission': 'hudson.model.Hudson.Read',
        },
      ),
    };
  }
  if (isBasic(headers.authorization, site.login.user, site.login.apiToken))
    return { path: below, caller: site.login.user };
  return { path: below, refusal: jetty(401, 'Invalid password/token for user') };
}

/** An error page of the servlet container. */
function jetty(status: number, message: string) {
  return html(
    `<html><head><meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/><title>Error ${status} ${message}</title></head><body><h2>HTTP ERROR ${status} ${message}</h2></body></html>`,
    status,
    {
      'Content-Type': 'text/html;charset=iso-8859-1',
      ...(status === 401 && { 'WWW-Authenticate': 'Basic realm="Jenkins"' }),
    },
  );
}
