// `compress.mjs gzip|zstd LEVEL FILE OUT` runs only the compressor, in blocks of 1 MiB like the destination.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { constants, createZstdCompress, gzip } from 'node:zlib';

const [kind, level, file, to] = process.argv.slice(2);
const input = openSync(file, 'r');
const output = openSync(to, 'w');

function* blocks() {
  for (;;) {
    const block = Buffer.allocUnsafe(1 << 20);
    const length = readSync(input, block);
    if (length === 0) return;
    yield block.subarray(0, length);
  }
}

if (kind === 'gzip') {
  const compress = promisify(gzip);
  for (const block of blocks())
    writeSync(output, await compress(block, { level: Number(level), chunkSize: 1 << 19 }));
} else {
  const params = { [constants.ZSTD_c_compressionLevel]: Number(level) };
  const stream = createZstdCompress({ chunkSize: 1 << 17, params });
  stream.on('data', (bytes) => writeSync(output, bytes));
  for (const block of blocks()) await new Promise((resolve) => stream.write(block, resolve));
  await new Promise((resolve) => stream.on('end', resolve).end());
}
closeSync(output);
