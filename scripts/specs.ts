/**
 * Generates specs/ from the definitions: each connector's spec and catalog, and the JSON schema of the jobs file.
 * Also generates the specs of the connector templates. With `--check` it writes nothing and exits with 1 if a file is
 * out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { destinationSpec, fullCatalog, jsonSchemaOf, sourceSpec } from '@headrace/sdk/spec';
import bitbucket, { streams as bitbucketStreams } from '../connectors/bitbucket-source/src/source.ts';
import jenkins, { streams as jenkinsStreams } from '../connectors/jenkins-source/src/source.ts';
import jira, { streams as jiraStreams } from '../connectors/jira-source/src/source.ts';
import jsonl from '../connectors/jsonl-destination/src/destination.ts';
import newDestination from '../create-connector/template/destination/src/destination.ts';
import newSource from '../create-connector/template/source/src/source.ts';
import { jobsSchema } from '../runner/src/jobs/schema.ts';

const files: Record<string, unknown> = {
  'specs/jenkins-source.json': sourceSpec(jenkins),
  'specs/jenkins-source.catalog.json': fullCatalog(jenkins, jenkinsStreams),
  'specs/bitbucket-source.json': sourceSpec(bitbucket),
  'specs/bitbucket-source.catalog.json': fullCatalog(bitbucket, bitbucketStreams),
  'specs/jira-source.json': sourceSpec(jira),
  'specs/jira-source.catalog.json': fullCatalog(jira, jiraStreams),
  'specs/jsonl-destination.json': destinationSpec(jsonl),
  'specs/jobs.schema.json': jsonSchemaOf(jobsSchema),
  'create-connector/template/source/spec.json': sourceSpec(newSource),
  'create-connector/template/destination/spec.json': destinationSpec(newDestination),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [name, value] of Object.entries(files)) {
  const file = new URL(`../${name}`, import.meta.url);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    stale++;
    process.stdout.write(`${name} is out of date. Run: npm run specs\n`);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`${name}\n`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
