/** One check of a conformance suite. */
export interface Check<Context> {
  /** Its lines of the checklist, e.g. 39 for “resuming from every emitted state loses nothing”. */
  readonly rules: readonly number[];
  readonly title: string;
  /** The Airbyte acceptance test (CAT) that asserts the same, if there is one. */
  readonly cat?: string;
  /** Returns if the connector behaves correctly. @throws CheckFailed, CheckSkipped */
  readonly run: (context: Context) => Promise<void>;
  /** The time limit in ms. Default: 120,000. */
  readonly timeoutMs?: number;
}

/** A connector does not do what a check requires. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** A check does not apply, or needs an option that was not given; the message says which. */
export class CheckSkipped extends Error {
  override readonly name = 'CheckSkipped';
}

export function skip(why: string): never {
  throw new CheckSkipped(why);
}

/**
 * @throws CheckFailed if it does not hold. `evidence` is what was observed, or a function that returns it; its end
 *   is shown
 */
export function must(holds: unknown, message: string, evidence?: unknown): asserts holds {
  if (holds) return;
  throw new CheckFailed(evidence === undefined ? message : `${message}\n${shown(evidence)}`);
}

/** @throws CheckFailed listing all findings, if there are any */
export function mustBeEmpty(findings: readonly string[], message: string): void {
  if (findings.length === 0) return;
  const more = findings.length > MOST_FINDINGS ? `\n  … and ${findings.length - MOST_FINDINGS} more` : '';
  throw new CheckFailed(`${message}\n  ${findings.slice(0, MOST_FINDINGS).join('\n  ')}${more}`);
}

const MOST_FINDINGS = 12;
const MOST_EVIDENCE = 4000;

function shown(evidence: unknown): string {
  const seen: unknown = typeof evidence === 'function' ? evidence() : evidence;
  const text = typeof seen === 'string' ? seen : (JSON.stringify(seen, null, 1) ?? String(seen));
  return text.length > MOST_EVIDENCE ? `…${text.slice(-MOST_EVIDENCE)}` : text;
}

/** `[16, 50] a slow reader: bounded memory` */
export function nameOf({ rules, title }: Pick<Check<never>, 'rules' | 'title'>): string {
  return `[${rules.join(', ')}] ${title}`;
}
