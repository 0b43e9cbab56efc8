import type { Readable, Writable } from 'node:stream';
import { confirm, isCancel, multiselect, password, select, spinner, text } from '@clack/prompts';
import { type Asker, Cancelled } from './asker.ts';

/**
 * Questions at a terminal. Loaded only there.
 * @param safe makes texts of others safe to print, and removes secrets
 */
export function clackAsker(input: Readable, output: Writable, safe: (text: string) => string): Asker {
  const io = { input, output };
  const shown = <T extends { label: string; hint?: string }>({ label, hint, ...rest }: T) => ({
    ...rest,
    label: safe(label),
    ...(hint ? { hint: safe(hint) } : {}),
  });
  const checked =
    (complaint: ((text: string) => string | undefined) | undefined) => (value: string | undefined) => {
      const wrong = complaint?.(value ?? '');
      return wrong === undefined ? undefined : safe(wrong);
    };
  return {
    text: async ({ message, initial, example, complaint }) =>
      answered(
        await text({
          ...io,
          message: safe(message),
          initialValue: initial,
          placeholder: example,
          validate: checked(complaint),
        }),
      ),
    secret: async ({ message, complaint }) =>
      answered(await password({ ...io, message: safe(message), validate: checked(complaint) })),
    async choose({ message, choices }) {
      // Prompts take only simple values.
      const options = choices.map(({ label, hint }, value) => shown({ value, label, hint }));
      return choices[answered(await select({ ...io, message: safe(message), options }))]!.value;
    },
    chooseSome: async ({ message, choices, chosen }) =>
      answered(
        await multiselect({
          ...io,
          message: safe(message),
          options: choices.map(shown),
          initialValues: [...chosen],
          required: false,
        }),
      ),
    confirm: async ({ message, initial }) =>
      answered(await confirm({ ...io, message: safe(message), initialValue: initial })),
    async during(message, work) {
      const turning = spinner({ output });
      turning.start(safe(message));
      try {
        const result = await work();
        turning.stop(safe(message));
        return result;
      } catch (error) {
        turning.error(safe(message));
        throw error;
      }
    },
  };
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<T, symbol>;
}
