#!/usr/bin/env node
/** A Singer target that keeps every line it gets in `out`, and prints states as its config says. */
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

if (process.argv.includes('--about')) process.exit(2);
const config = JSON.parse(readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8'));
if (config.check) {
  process.stderr.write(`${config.check}\n`);
  process.exit(1);
}
let last;
let records = 0;
for await (const line of createInterface({ input: process.stdin })) {
  appendFileSync(config.out, `${line}\n`);
  const message = JSON.parse(line);
  if (message.type === 'RECORD' && ++records === config.dieAfter) process.exit(1);
  if (message.type === 'STATE') last = message.value;
  if (message.type === 'STATE' && config.states === 'each') writeSync(1, `${JSON.stringify(last)}\n`);
}
writeSync(1, 'a library says something\n');
if (last && config.states === 'last') writeSync(1, `${JSON.stringify(last)}\n`);
process.exit(config.exit ?? 0);
