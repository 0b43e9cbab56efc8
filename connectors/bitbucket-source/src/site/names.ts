import type { OpenContext } from '@headrace/sdk';

/** What the configured names of repositories stood for in earlier runs, according to their states: name → uuid. */
export function namesIn(
  states: NonNullable<OpenContext['reading']>['states'],
): Readonly<Record<string, string>> {
  return Object.assign({}, ...[...states.values()].map((state) => state?.names ?? {})) as Record<
    string,
    string
  >;
}
