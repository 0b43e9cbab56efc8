import { Argument, Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { candidatesFor } from './candidates.ts';
import { candidateLines } from './shells.ts';

const program = new Command('headrace')
  .option('-f, --file <path>', 'the jobs file')
  .option('--tenant <name>', 'of this tenant')
  .option('--json', 'as JSON')
  .addOption(new Option('--hidden', 'not shown').hideHelp());
program
  .command('run [jobs...]')
  .description('read and write')
  .option('--all', 'every job')
  .option('--streams <names>', 'some');
program.command('report [jobs...]');
program.command('secret', { hidden: true });
const state = program.command('state');
state.command('set <job> <file>');
state.command('show [jobs...]');
program
  .command('schedule')
  .command('export')
  .addArgument(new Argument('<for>').choices(['cron', 'systemd']));

const names = { jobs: () => ['jira', 'jenkins', 'bitbucket'], tenants: () => ['acme', 'other'] };
const texts = (...words: string[]) => candidatesFor(program, words, names).map(({ text }) => text);

test.each([
  [[''], ['run', 'report', 'state', 'schedule', 'help']],
  [['r'], ['run', 'report']],
  [['ru', ''], []],
  [
    ['run', ''],
    ['jira', 'jenkins', 'bitbucket'],
  ],
  [
    ['run', 'j'],
    ['jira', 'jenkins'],
  ],
  [
    ['run', 'jira', ''],
    ['jenkins', 'bitbucket'],
  ],
  [
    ['run', '--'],
    ['--all', '--streams', '--file', '--tenant', '--json'],
  ],
  [
    ['run', '--all', '--'],
    ['--streams', '--file', '--tenant', '--json'],
  ],
  [['run', '--streams', ''], []],
  [['--file', 'x', 'run', 'ji'], ['jira']],
  [['--file=x', 'run', 'ji'], ['jira']],
  [['run', '--tenant', 'a'], ['acme']],
  [
    ['--json', 'state', 's'],
    ['set', 'show'],
  ],
  [['state', 'set', 'jira', ''], []],
  [
    ['state', 'set', ''],
    ['jira', 'jenkins', 'bitbucket'],
  ],
  [
    ['schedule', 'export', ''],
    ['cron', 'systemd'],
  ],
  [['nonsense', 'x', ''], []],
  [[], ['run', 'report', 'state', 'schedule', 'help']],
])('%j', (words, expected) => {
  expect(texts(...words)).toEqual(expected);
});

test('each shell gets its own form', () => {
  const some = [
    { text: 'a:b', description: 'what it is' },
    { text: 'c', description: '' },
  ];
  expect(candidateLines('bash', some)).toBe('a:b\nc\n');
  expect(candidateLines('zsh', some)).toBe('a\\:b:what it is\nc\n');
  expect(candidateLines('fish', some)).toBe('a:b\twhat it is\nc\n');
  expect(candidateLines('bash', [])).toBe('');
});
