import type { Verb } from '@headrace/sdk';
import { printable, printableJson } from '@headrace/sdk/protocol';
import type { JsonlConfig } from './config.ts';
import { openKnown } from './known-source.ts';
import { JSON_OPTION } from './look-verbs.ts';
import { rootOf } from './place.ts';
import { count, size } from './verb-table.ts';
import { type Problem, verify } from './verify.ts';

/** `verify`: exit 1 where something is not as the journal says. */
export const verifyVerb: Verb<JsonlConfig> = {
  name: 'verify',
  description: 'read every file and compare it with the journal and the manifest; exit 1 says what is wrong',
  options: [JSON_OPTION],
  async run({ config, env, options, out }) {
    const root = rootOf(config, env.processEnv);
    const known = await openKnown(root, { config, env });
    if (!known) {
      const nothing = { files: 0, records: 0, compressed_bytes: 0, lone_surrogates: [], problems: [] };
      if (options.json) out(printableJson(nothing));
      else env.log.info(`there is nothing in ${root} yet`);
      return 0;
    }
    const { source, journal } = known;
    const problems: Problem[] = [];
    let wrong = 0;
    const report = (problem: Problem): void => {
      wrong++;
      if (options.json) problems.push(problem);
      else out(lines(`✗ ${problem.code}  ${printable(problem.path)}`, problem.what, problem.hint));
    };
    try {
      const { files, records, compressedBytes, loneSurrogates } = await verify({
        root,
        journal,
        source,
        report,
      });
      if (options.json)
        out(
          printableJson({
            files,
            records,
            compressed_bytes: compressedBytes,
            lone_surrogates: loneSurrogates,
            problems,
          }),
        );
      else {
        for (const { path, records } of loneSurrogates)
          out(
            lines(
              `! lone_surrogates  ${printable(path)}`,
              `${count(records)} of its records hold half a character: DuckDB and pyarrow refuse the file`,
              'read the stream again with lone_surrogates: replace',
            ),
          );
        const seen = `${count(files)} ${files === 1 ? 'file' : 'files'} with ${count(records)} records, ${size(compressedBytes)} on the disk`;
        out(
          wrong === 0
            ? `✓ ${seen}: as the journal says`
            : `✗ ${count(wrong)} ${wrong === 1 ? 'problem' : 'problems'} in ${seen}`,
        );
      }
    } finally {
      journal.close();
    }
    return wrong === 0 ? 0 : 1;
  },
};

function lines(head: string, what: string, hint: string): string {
  return `${head}\n    ${printable(what, '    ')}\n    → ${printable(hint, '    ')}`;
}
