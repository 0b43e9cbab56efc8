#!/usr/bin/env node
/** A Singer tap that prints the lines of its config, once its catalog selects streams; `notes` gets what it was given. */
import { appendFileSync, readFileSync, writeSync } from 'node:fs';

const flag = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
};
const print = (text) => {
  const bytes = Buffer.from(`${text}\n`);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
};
if (process.argv.includes('--about')) {
  if (process.env.TERM === 'no-about') process.exit(2);
  const settings = { type: 'object', properties: { token: { type: 'string', secret: true } } };
  print(`starting…\n${JSON.stringify({ name: 'tap', settings })}`);
  process.exit(0);
}
const config = JSON.parse(readFileSync(flag('config'), 'utf8'));
if (process.argv.includes('--discover')) {
  print(JSON.stringify(config.catalog, null, 2));
  process.exit(config.discover ?? 0);
}
const catalog = JSON.parse(readFileSync(flag('catalog'), 'utf8'));
const state = flag('state') && readFileSync(flag('state'), 'utf8');
appendFileSync(config.notes, `${JSON.stringify({ catalog, state })}\n`);
for (const line of config.lines) print(typeof line === 'string' ? line : JSON.stringify(line));
process.stderr.write('INFO done\n');
process.exit(config.exit ?? 0);
