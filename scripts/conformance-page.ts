/** Generates docs/conformance.md, the list of what the conformance suites check. */
import { type Conformance, conformanceOf } from '@headrace/sdk/testing';

const HEAD = `<!-- Made by \`npm run docs\` from the suites. Do not edit. -->

# What the conformance suites check

\`testSource\` and \`testDestination\` ([reference](api/testing.md)) start a connector as a process, as platforms do, and hold it to the Airbyte protocol, to the rules of Airbyte's acceptance tests (CAT), and to the habits of real clients (PyAirbyte, Meltano, Airbyte's own platform). A check names its lines of the checklist, on which this project's connectors are built; the lines that no check can see from outside stand at the end of each list, with the reason.
`;

export function conformancePage(): string {
  return [
    HEAD,
    section('Sources', conformanceOf('source')),
    section('Destinations', conformanceOf('destination')),
  ].join('\n');
}

function section(title: string, { checks, notCovered }: Conformance): string {
  const lines = new Set(checks.flatMap(({ rules }) => rules));
  const rows = checks.map(
    // The name starts with its protocol lines, which have their own column.
    ({ rules, name, cat }) =>
      `| ${rules.join(', ')} | ${cell(name.replace(/^\[.*?\] /, ''))} | ${cell(cat ?? '')} |`,
  );
  const reasons = Map.groupBy(notCovered, ({ why }) => why);
  const rest = [...reasons].map(([why, of]) => `| ${of.map(({ rule }) => rule).join(', ')} | ${cell(why)} |`);
  return `## ${title}

${checks.length} checks of ${lines.size} lines.

| lines | check | CAT |
|---|---|---|
${rows.join('\n')}

Not among them:

| lines | why |
|---|---|
${rest.join('\n')}
`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
