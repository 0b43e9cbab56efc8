/**
 * Patterns for names in a config (repositories, jobs, workspaces): `*` stands for any part of a segment, `**` for any
 * segments, `?` for one character; segments are separated by slashes. Anything else stands for itself.
 * ```ts
 * const matches = nameMatcher(config.repositories ?? []);
 * matches('acme/web-shop');
 * ```
 * @param options.ignoreCase whether upper and lower case are the same; → false
 * @returns whether a name matches one of the patterns; no patterns match nothing
 */
export function nameMatcher(
  patterns: readonly string[],
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): (name: string) => boolean {
  const expressions = patterns.map((pattern) => expressionOf(pattern, ignoreCase));
  return (name) => expressions.some((expression) => expression.test(name));
}

/** Whether a name in a config is a pattern and may stand for several, or for none. */
export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

function expressionOf(pattern: string, ignoreCase: boolean): RegExp {
  const source = pattern.replace(/\*\*\/|\*+|\?|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.startsWith('*') ? '.*' : part.replace(/[\\^$.|()[\]{}+]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, ignoreCase ? 'isu' : 'su');
}
