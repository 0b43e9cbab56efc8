/** One check of a conformance suite. */
export interface Check<Context> {
  /** Its lines of the checklist, e.g. 39 for “resuming from every emitted state loses nothing”. */
  readonly rules: readonly number[];
  readonly title: string;
  /** The acceptance test (CAT) that asserts the same, where there is one. */
  readonly cat?: string;
  /** Returns where the connector does as it should. @throws CheckFailed, CheckSkipped */
  readonly run: (context: Context) => Promise<void>;
  /** How long it may take; → 120,000 ms. */
  readonly timeoutMs?: number;
}

/** A connector does not do what a check asks for. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** A check that does not apply, or for which something was not given; the message says what. */
export class CheckSkipped extends Error {
  override readonly name = 'CheckSkipped';
}

export function skip(why: string): never {
  throw new CheckSkipped(why);
}

/** @throws CheckFailed where it does not hold. `evidence`: what was seen, or a function that tells it; its end is shown */
export function must(holds: unknown, message: string, evidence?: unknown): asserts holds {
  if (holds) return;
  throw new CheckFailed(evidence === undefined ? message : `${message}\n${shown(evidence)}`);
}

/** @throws CheckFailed with all of them, where there are any */
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
