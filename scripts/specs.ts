/**
 * Writes specs/: each connector's spec and catalog, and the jobs file's JSON schema, from the definitions.
 * With `--check` nothing is written: exit 1 where a file is not what its definition says.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { destinationSpec, fullCatalog, jsonSchemaOf, sourceSpec } from '@headrace/sdk/spec';
import jira from '../connectors/jira-source/src/source.ts';
import jsonl from '../connectors/jsonl-destination/src/destination.ts';
import { jobsSchema } from '../runner/src/jobs/schema.ts';

const files: Record<string, unknown> = {
  'jira-source.json': sourceSpec(jira),
  'jira-source.catalog.json': fullCatalog(jira),
  'jsonl-destination.json': destinationSpec(jsonl),
  'jobs.schema.json': jsonSchemaOf(jobsSchema),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [name, value] of Object.entries(files)) {
  const file = new URL(`../specs/${name}`, import.meta.url);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    stale++;
    process.stdout.write(`specs/${name} is not what the definitions say: npm run specs\n`);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`specs/${name}\n`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
