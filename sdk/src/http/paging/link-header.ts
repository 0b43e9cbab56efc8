/** The target of the first link with the relation `next` (RFC 8288 §3), or undefined. */
export function linkNext(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  // `<target>`, then parameters up to the next comma outside quotes.
  for (const [, target, parameters = ''] of text.matchAll(/<([^>]*)>((?:"(?:[^"\\]|\\.)*"|[^",<])*)/g)) {
    for (const [, name, quoted, token] of parameters.matchAll(
      /;\s*([\w!#$&+.^`|~-]+\*?)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/g,
    )) {
      if (name!.toLowerCase() !== 'rel') continue;
      if ((quoted ?? token ?? '').toLowerCase().split(/\s+/).includes('next')) return target;
      // Only the first `rel` of a link counts.
      break;
    }
  }
  return undefined;
}
