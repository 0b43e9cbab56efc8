import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { bitbucketCommand } from './bitbucket/command.ts';
import { fail } from './cli.ts';
import { jenkinsCommand } from './jenkins/command.ts';
import { jiraCommand } from './jira/command.ts';

/** The vendors, one subcommand each. */
const VENDORS = [bitbucketCommand, jenkinsCommand, jiraCommand];

// This path works from the sources and from the bundle.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('headrace-sandbox')
  .description(
    'Vendors for testing connectors: deterministic data, the real API’s behaviour, faults on demand.',
  )
  .version(version);

for (const command of VENDORS) program.addCommand(command());

program.parseAsync().catch(fail);
