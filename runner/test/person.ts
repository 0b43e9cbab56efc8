import { type Asker, Cancelled } from '../src/wizard/asker.ts';

type Answer = string | boolean | readonly string[] | typeof CANCEL;
export const CANCEL = Symbol('Ctrl-C');

/**
 * A person who answers the wizard's questions in their order. A text that the wizard complains about is followed by the next
 * answer, as at a terminal. `asked` has the questions, `complaints` what the wizard said.
 */
export function person(answers: readonly Answer[]) {
  const left = [...answers];
  const asked: string[] = [];
  const complaints: string[] = [];
  function next<T extends Answer>(message: string, isFitting: (answer: Answer) => answer is T): T {
    asked.push(message);
    const answer = left.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${message}`);
    if (answer === CANCEL) throw new Cancelled();
    if (!isFitting(answer)) throw new Error(`${JSON.stringify(answer)} does not answer: ${message}`);
    return answer;
  }
  const isText = (answer: Answer): answer is string => typeof answer === 'string';
  const isYesOrNo = (answer: Answer): answer is boolean => typeof answer === 'boolean';
  const isList = (answer: Answer): answer is readonly string[] => Array.isArray(answer);
  const text: Asker['secret'] = async ({ message, complaint }) => {
    for (;;) {
      const answer = next(message, isText);
      const wrong = complaint?.(answer);
      if (wrong === undefined) return answer;
      complaints.push(wrong);
    }
  };
  const asker: Asker = {
    text,
    secret: text,
    choose: async ({ message, choices }) => {
      const label = next(message, isText);
      const choice = choices.find((one) => one.label === label);
      if (!choice) throw new Error(`${label} is not among ${choices.map((one) => one.label).join(', ')}`);
      return choice.value;
    },
    chooseSome: async ({ message, choices }) => {
      const chosen = next(message, isList);
      const missing = chosen.find((one) => !choices.some(({ value }) => value === one));
      if (missing !== undefined) throw new Error(`${missing} cannot be chosen`);
      return [...chosen];
    },
    confirm: async ({ message }) => next(message, isYesOrNo),
    during: (_message, work) => work(),
  };
  return { asker, asked, complaints, left };
}
