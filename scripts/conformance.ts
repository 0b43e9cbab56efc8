/**
 * `node --conditions=headrace:source scripts/conformance.ts [line …]` runs the conformance suites on the built
 * connectors and prints the result of each check as Markdown. Exits with 1 if a check failed.
 */
import {
  type CheckResult,
  conformanceOf,
  runDestinationConformance,
  runSourceConformance,
} from '@headrace/sdk/testing';
import { bitbucketSource } from '../test/conformance/subjects/bitbucket-source.ts';
import { jenkinsSource } from '../test/conformance/subjects/jenkins-source.ts';
import { jiraSource } from '../test/conformance/subjects/jira-source.ts';
import { jsonlDestination } from '../test/conformance/subjects/jsonl-destination.ts';

const MARK = { passed: '✓', failed: '✗', skipped: '–' } as const;
const lines = process.argv.slice(2).map(Number);
const only = lines.length > 0 ? lines : undefined;
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

function show(name: string, results: readonly CheckResult[]): void {
  const count = (outcome: CheckResult['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length;
  say(`## ${name}\n\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`);
  say('| check | | |\n|---|---|---|');
  for (const { name, outcome, reason = '' } of results)
    say(`| ${name} | ${MARK[outcome]} | ${reason.split('\n', 1)[0]!.replaceAll('|', String.raw`\|`)} |`);
  say('');
  if (count('failed') > 0) process.exitCode = 1;
}

show('jira-source', await runSourceConformance(jiraSource, only));
show('bitbucket-source', await runSourceConformance(bitbucketSource, only));
show('jenkins-source', await runSourceConformance(jenkinsSource, only));
show('jsonl-destination', await runDestinationConformance(jsonlDestination, only));
for (const kind of ['source', 'destination'] as const) {
  say(`Not in the suite of a ${kind}:\n`);
  const whys = Map.groupBy(conformanceOf(kind).notCovered, ({ why }) => why);
  for (const [why, rules] of whys) say(`- ${rules.map(({ rule }) => rule).join(', ')}: ${why}`);
  say('');
}
