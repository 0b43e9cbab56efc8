import type { Command, Option } from 'commander';

/** Something that may be typed next. */
export interface Candidate {
  readonly text: string;
  readonly description: string;
}

/** What only the jobs file knows. Asked for when it is needed, and empty if it cannot be read. */
export interface FileNames {
  jobs(): readonly string[];
  tenants(): readonly string[];
}

/**
 * What may stand for the last of the words.
 * @param words behind the program's name; the last one is the one that is being typed, maybe empty
 */
export function candidatesFor(program: Command, words: readonly string[], names: FileNames): Candidate[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  let command = program;
  let waiting: Option | undefined;
  let positional = 0;
  for (const word of before) {
    if (waiting) waiting = undefined;
    else if (word.startsWith('-')) waiting = valueOption(optionOf(command, program, word), word);
    else {
      const next = command.commands.find((one) => one.name() === word);
      if (next && positional === 0) command = next;
      else positional++;
    }
  }
  const found = waiting ? valuesOf(waiting, names) : next(command, program, typed, positional, names);
  return found.filter(({ text }) => text.startsWith(typed) && !before.includes(text));
}

function next(
  command: Command,
  program: Command,
  typed: string,
  positional: number,
  names: FileNames,
): Candidate[] {
  if (typed.startsWith('-'))
    return [...command.options, ...(command === program ? [] : program.options)]
      .filter(({ long, hidden }) => long && !hidden)
      .map(({ long, description }) => ({ text: long as string, description }));
  if (command.commands.length > 0 && positional > 0) return [];
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => ({ text: one.name(), description: one.description() }));
  const argument = command.registeredArguments.at(
    Math.min(positional, command.registeredArguments.length - 1),
  );
  if (!argument || (positional >= command.registeredArguments.length && !argument.variadic)) return [];
  if (argument.argChoices) return argument.argChoices.map((text) => ({ text, description: '' }));
  if (/^jobs?$/.test(argument.name())) return names.jobs().map((text) => ({ text, description: 'job' }));
  return [];
}

function optionOf(command: Command, program: Command, word: string): Option | undefined {
  return [...command.options, ...program.options].find(({ long, short }) => word === long || word === short);
}

/** An option whose value is the next word; `--file=x` has it already. */
function valueOption(option: Option | undefined, word: string): Option | undefined {
  return option && (option.required || option.optional) && !word.includes('=') ? option : undefined;
}

function valuesOf(option: Option, names: FileNames): Candidate[] {
  if (option.long === '--tenant') return names.tenants().map((text) => ({ text, description: 'tenant' }));
  const choices = option.argChoices ?? (option.long === '--log-level' ? LEVELS : []);
  return choices.map((text) => ({ text, description: '' }));
}

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'];
