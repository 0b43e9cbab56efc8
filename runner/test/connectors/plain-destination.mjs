#!/usr/bin/env node
/**
 * A destination that knows little: it appends every line to `out` and sends each STATE line back, byte for byte. With
 * `says` it also prints that text first.
 */
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [verb] = process.argv.slice(2);
if (verb === 'spec') {
  const connectionSpecification = { type: 'object', properties: { out: { type: 'string' } } };
  const supported_destination_sync_modes = ['append', 'overwrite'];
  writeSync(
    1,
    `${JSON.stringify({ type: 'SPEC', spec: { connectionSpecification, supported_destination_sync_modes } })}\n`,
  );
  process.exit(0);
}
if (verb === 'check') {
  writeSync(1, '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}\n');
  process.exit(0);
}
const { out, says } = JSON.parse(readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8'));
if (says) writeSync(1, says);
for await (const line of createInterface({ input: process.stdin })) {
  appendFileSync(out, `${line}\n`);
  if (line.includes('"STATE"')) writeSync(1, `${line}\n`);
}
