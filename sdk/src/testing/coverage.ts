import { destinationChecks } from './destination-suite/index.ts';
import { sourceChecks } from './source-suite/index.ts';
import { nameOf } from './suite/check.ts';

/** What a conformance suite checks, by the numbers of the checklist. */
export interface Conformance {
  readonly checks: ReadonlyArray<{
    readonly name: string;
    readonly rules: readonly number[];
    readonly cat?: string;
  }>;
  /** Lines of the checklist that the suite does not check, and where they are covered instead. */
  readonly notCovered: ReadonlyArray<{ readonly rule: number; readonly why: string }>;
}

const IMAGES = 'of images: smoke tests of docker/';
const CLIENTS = 'needs the client: tests with PyAirbyte and others';
const PLATFORM = 'needs Airbyte itself';
const SOURCES = 'is about sources';
const DESTINATIONS = 'is about destinations';

const ELSEWHERE: Readonly<Record<number, string>> = {
  1: IMAGES,
  2: IMAGES,
  3: IMAGES,
  4: IMAGES,
  66: CLIENTS,
  67: CLIENTS,
  68: CLIENTS,
  69: PLATFORM,
  70: PLATFORM,
};
const LAST = 70;

/** The checks of `testSource` or `testDestination`, and what they do not cover. */
export function conformanceOf(kind: 'source' | 'destination'): Conformance {
  const all: ReadonlyArray<{ rules: readonly number[]; title: string; cat?: string }> =
    kind === 'source' ? sourceChecks : destinationChecks;
  const covered = new Set(all.flatMap(({ rules }) => rules));
  const other = kind === 'source' ? DESTINATIONS : SOURCES;
  const notCovered = Array.from({ length: LAST }, (_, i) => i + 1)
    .filter((rule) => !covered.has(rule))
    .map((rule) => ({ rule, why: ELSEWHERE[rule] ?? other }));
  return {
    checks: all.map(({ rules, title, cat }) => ({ name: nameOf({ rules, title }), rules, cat })),
    notCovered,
  };
}
