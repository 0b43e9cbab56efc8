import type { Page } from '@headrace/sdk';

/** The fields of a panel that the SDK reads: the `record` of the stream that requests it with `select('.')`. */
export const PANEL = { errors: 'errors', detail: 'detail' } as const;

/** The response of `/detail`: one record, as the vendor sent it. */
export type PanelPage = Page<never, keyof typeof PANEL>;

/** The `summary` of an issue: for each data type, the number of entries by provider. */
export interface Summary {
  readonly errors?: readonly unknown[];
  readonly configErrors?: readonly unknown[];
  readonly summary?: Readonly<
    Record<string, { readonly byInstanceType?: Readonly<Record<string, unknown>> }>
  >;
}

/** All panels to request: every provider of every kind, in a stable order. */
export function panelsIn({ summary = {} }: Summary): Array<{ applicationType: string; dataType: string }> {
  const found = Object.entries(summary).flatMap(([dataType, { byInstanceType }]) =>
    Object.keys(byInstanceType ?? {}).map((applicationType) => ({ applicationType, dataType })),
  );
  const name = ({ applicationType, dataType }: (typeof found)[number]) => `${dataType} ${applicationType}`;
  return found.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** Why a summary is not usable, or undefined if it is. */
export function faultOfSummary({ errors = [], configErrors = [], summary }: Summary): string | undefined {
  if (typeof summary !== 'object' || summary === null) return 'the response has no summary';
  return sayOf([...errors, ...configErrors]);
}

/** Why a panel is not usable, or undefined if it is. An empty panel without errors is usable. */
export function faultOfPanel(page: PanelPage): string | undefined {
  const errors = page.value(0, 'errors');
  // Only check that it exists: it contains the whole panel and may be large.
  if (!page.has(0, 'detail')) return 'the response has no detail';
  return Array.isArray(errors) ? sayOf(errors) : undefined;
}

/** Jira's first error about a provider, or undefined. */
function sayOf(errors: readonly unknown[]): string | undefined {
  if (errors.length === 0) return undefined;
  const [first] = errors as ReadonlyArray<string | { error?: unknown; message?: unknown } | null>;
  const said = typeof first === 'object' ? (first?.error ?? first?.message ?? JSON.stringify(first)) : first;
  return String(said);
}
