import { cancel, intro, isCancel, select, text } from '@clack/prompts';
import { CreateError, type Kind, namesOf } from './names.ts';

/** Asks for what the command line left out. Called only at a terminal. @throws CreateError if the user cancels */
export async function ask(
  kind: Kind | undefined,
  name: string | undefined,
): Promise<readonly [Kind, string]> {
  intro('A new connector');
  const chosen =
    kind ??
    answered(
      await select({
        message: 'What is it?',
        options: [
          { value: 'source' as Kind, label: 'a source', hint: 'reads from an API' },
          { value: 'destination', label: 'a destination', hint: 'stores what sources read' },
        ],
      }),
    );
  const called =
    name ??
    answered(
      await text({
        message: chosen === 'source' ? 'What does it read from?' : 'Where does it write to?',
        placeholder: 'my-crm',
        validate: (value) => complaint(chosen, value ?? ''),
      }),
    );
  return [chosen, called];
}

function complaint(kind: Kind, name: string): string | undefined {
  try {
    namesOf(kind, name);
    return undefined;
  } catch (error) {
    if (error instanceof CreateError) return `${error.message}: ${error.hint}`;
    throw error;
  }
}

/** @throws CreateError if the user cancelled, which the prompts report as a symbol */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel('Nothing was created.');
  throw new CreateError('cancelled; nothing was created', {
    code: 'create.cancelled',
    hint: 'to skip the questions: npm create @headrace/connector source my-crm',
  });
}
