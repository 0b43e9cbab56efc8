import type { Created } from './create.ts';

/** The next steps to print for the user. `way` is the path to the connector's folder; empty if it is the current one. */
export function nextSteps({ name, files }: Created, way: string): string {
  const steps = [
    ...(way === '' ? [] : [[`cd ${/\s/.test(way) ? JSON.stringify(way) : way}`, '']]),
    ['npm install', 'until @headrace/sdk is on npm, see “Write a connector” in Headrace’s README'],
    ['npm test', 'checks types and runs the conformance suite; it passes without changes'],
    [`bin/${name} --help`, 'lists commands and options'],
  ];
  const width = Math.max(...steps.map(([command = '']) => command.length));
  const start = files.includes('src/api.ts') ? 'src/api.ts' : 'src/store.ts';
  return [
    'Next:',
    ...steps.map(([command = '', why = '']) => `  ${command.padEnd(width)}   ${why}`.trimEnd()),
    '',
    `Then start with ${start}. README.md says what to change first.`,
    '',
  ].join('\n');
}
