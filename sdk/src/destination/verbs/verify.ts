import { printable, printableJson } from '../../protocol/printable.ts';
import type { Verb } from '../define.ts';
import type { Problem, Verified } from '../store/store.ts';
import { JSON_OPTION } from './look.ts';
import { count } from './table.ts';
import { type StoreVerbs, withStore } from './with-store.ts';

/**
 * `verify`: exits with 1 if something is not as it was committed.
 * @param nothing the result if nothing was ever written
 */
export function verifyVerb<Config, Part>(
  of: StoreVerbs<Config, Part>,
  description: string,
  nothing: Verified,
): Verb<Config> {
  return {
    name: 'verify',
    description,
    options: [JSON_OPTION],
    run: (call) =>
      withStore(of, call, 'verify', async ({ store, source }) => {
        const { config, env, options, out } = call;
        const problems: Problem[] = [];
        let wrong = 0;
        const report = (problem: Problem): void => {
          wrong++;
          if (options.json) problems.push(problem);
          else out(block('✗', problem));
        };
        const found = source === undefined ? undefined : await store.verify?.(source, report);
        if (!found && !options.json) {
          env.log.info(`there is nothing in ${of.place(config, env)} yet`);
          return 0;
        }
        const verified = found ?? nothing;
        const { facts, text, warnings = [] } = verified;
        if (!options.json) for (const warning of warnings) out(block('!', warning));
        if (options.json) out(printableJson({ ...facts, problems }));
        else if (wrong === 0) out(`✓ ${text}: as it was committed`);
        else out(`✗ ${count(wrong)} ${wrong === 1 ? 'problem' : 'problems'} in ${text}`);
        return wrong === 0 ? 0 : 1;
      }),
  };
}

function block(mark: string, { code, path, what, hint }: Problem): string {
  return `${mark} ${code}  ${printable(path)}\n    ${printable(what, '    ')}\n    → ${printable(hint, '    ')}`;
}
