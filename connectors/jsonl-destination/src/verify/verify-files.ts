import type { Problem, Verified } from '@headrace/sdk/destination';
import { count, size } from '@headrace/sdk/destination';
import { type Check, verify } from './verify.ts';

/** `verify`, with texts for its verb. */
export async function verifyFiles(check: Check): Promise<Verified> {
  const { files, records, compressedBytes, loneSurrogates } = await verify(check);
  return {
    facts: { files, records, compressed_bytes: compressedBytes, lone_surrogates: loneSurrogates },
    text: `${files} ${files === 1 ? 'file' : 'files'} with ${count(records)} records, ${size(compressedBytes)} on the disk`,
    warnings: loneSurrogates.map(
      ({ path, records: held }): Problem => ({
        code: 'lone_surrogates',
        path,
        what: `${count(held)} of its records contain lone surrogates: DuckDB and pyarrow refuse the file`,
        hint: 'read the stream again with lone_surrogates: replace',
      }),
    ),
  };
}
