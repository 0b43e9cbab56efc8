import { relative } from 'node:path';
import { CreateError, createConnector, nextSteps } from '@headrace/create-connector';
import { ConfigError } from '@headrace/sdk/spec';
import { paint } from '../terminal/line.ts';
import type { Answer, Context } from './context.ts';

/** `new source|destination NAME [--dir FOLDER]`: what `npm create @headrace/connector` does. */
export function newConnector(
  kind: string,
  name: string,
  { dir }: { readonly dir?: string },
  { cwd, output }: Context,
): Answer {
  if (kind !== 'source' && kind !== 'destination') {
    throw new ConfigError(`a connector is a source or a destination, not “${kind}”`, {
      code: 'create.usage',
      hint: 'headrace new source my-crm',
    });
  }
  try {
    const created = createConnector({ kind, name, cwd, folder: dir });
    output.say([paint('green', '✓'), ` ${created.name} is in ${created.folder}`]);
    for (const line of ['', ...nextSteps(created, relative(cwd, created.folder)).split('\n')])
      output.say(line);
    return { exitCode: 0, data: created };
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    throw new ConfigError(error.message, { code: error.code, hint: error.hint });
  }
}
