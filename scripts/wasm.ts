/**
 * Generates the SDK modules that contain WebAssembly from the AssemblyScript in sdk/wasm. With `--check` it writes
 * nothing and exits with 1 if a module is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const NAME = 'json-walk';
const root = new URL('../', import.meta.url);
const source = readFileSync(new URL(`sdk/wasm/${NAME}.ts`, root), 'utf8');

const { error, stderr, binary } = await asc.compileString(source, {
  optimizeLevel: 3,
  runtime: 'stub',
  importMemory: true,
  // The walk's own data starts here; the texts come after it.
  memoryBase: 4096,
  noAssert: true,
  enable: ['simd'],
});
if (error || !binary) throw new Error(`${NAME} cannot be compiled: ${stderr}`, { cause: error });

const text = [
  `// Made by scripts/wasm.ts from sdk/wasm/${NAME}.ts. Do not edit.`,
  '/** The compiled walk, base64. */',
  'export const jsonWalkWasm =',
  `  '${Buffer.from(binary).toString('base64')}';`,
  '',
].join('\n');
const file = new URL(`sdk/src/protocol/${NAME}-wasm.ts`, root);
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text;
if (process.argv.includes('--check')) {
  if (!isCurrent) process.stdout.write(`${NAME}-wasm.ts is out of date. Run: npm run wasm\n`);
  process.exitCode = isCurrent ? 0 : 1;
} else if (!isCurrent) writeFileSync(file, text);
