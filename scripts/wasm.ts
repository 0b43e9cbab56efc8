/**
 * Writes the modules of the SDK that hold WebAssembly, from AssemblyScript in sdk/wasm. With `--check` nothing is
 * written: exit 1 where a module is not what its source says.
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
  // What stands there is the walk's own; the texts begin behind it.
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
  if (!isCurrent) process.stdout.write(`${NAME}-wasm.ts is not what its source says: npm run wasm\n`);
  process.exitCode = isCurrent ? 0 : 1;
} else if (!isCurrent) writeFileSync(file, text);
