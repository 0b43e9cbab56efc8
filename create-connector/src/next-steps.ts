import type { Created } from './create.ts';

/** What to do with a new connector, for a person. `way` leads to its folder; empty where one stands in it. */
export function nextSteps({ name, files }: Created, way: string): string {
  const steps = [
    ...(way === '' ? [] : [[`cd ${/\s/.test(way) ? JSON.stringify(way) : way}`, '']]),
    ['npm install', 'before @headrace/sdk is on npm: as Headrace’s README says, “Write a connector”'],
    ['npm test', 'it passes as it is: types, then the conformance suite'],
    [`bin/${name} --help`, 'what it answers to'],
  ];
  const width = Math.max(...steps.map(([command = '']) => command.length));
  const start = files.includes('src/api.ts') ? 'src/api.ts' : 'src/writer.ts';
  return [
    'Next:',
    ...steps.map(([command = '', why = '']) => `  ${command.padEnd(width)}   ${why}`.trimEnd()),
    '',
    `Then begin with ${start}; README.md says what to change first.`,
    '',
  ].join('\n');
}
