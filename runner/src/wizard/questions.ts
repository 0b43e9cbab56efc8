import { isObject, type JsonObject } from '@headrace/sdk/protocol';
import { coerce, validateConfig } from '@headrace/sdk/spec';
import type { Asker } from './asker.ts';

/** What a person answered: a configuration as it stands in a jobs file, and the secrets that it names. */
export interface Answers {
  /** Texts are escaped (`$$`), secrets are references (`${JIRA_API_TOKEN}`). */
  readonly config: JsonObject;
  /** Secrets by the name of their variable. A variable that was set before is not among them. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What the questions need to know besides the schema. */
export interface QuestionContext {
  /** Names of variables begin with it: `JIRA`. */
  readonly prefix: string;
  /** Variables that are set already. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Options that are not asked: the runner sets them. */
  readonly leaveOut: readonly string[];
}

type Schema = JsonObject;

/**
 * Asks for a configuration, one question for each option of a spec: those that are required, and of the others those that the
 * person chooses. Of variants one is chosen. Each answer is checked before the next question.
 */
export async function askConfig(schema: Schema, asker: Asker, context: QuestionContext): Promise<Answers> {
  const secrets: Record<string, string> = {};
  const config = await askObject(schema, '', { asker, context, secrets });
  return { config, secrets };
}

interface Around {
  readonly asker: Asker;
  readonly context: QuestionContext;
  readonly secrets: Record<string, string>;
}

async function askObject(schema: Schema, path: string, around: Around): Promise<JsonObject> {
  const { asker, context } = around;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const options = propertiesOf(schema).filter(
    ([name, one]) => one.airbyte_hidden !== true && !(path === '' && context.leaveOut.includes(name)),
  );
  const fixed = options.filter(([, one]) => one.const !== undefined).map(([name, one]) => [name, one.const]);
  const asked = options.filter(([, one]) => one.const === undefined);
  const answers: JsonObject = Object.fromEntries(fixed);
  for (const [name, one] of asked)
    if (required.has(name)) answers[name] = await askOption(name, one, path, around);
  const others = asked.filter(([name]) => !required.has(name));
  if (others.length === 0) return answers;
  const chosen = await asker.chooseSome({
    message: path === '' ? 'Which other options do you want to set?' : `Which other options of ${path}?`,
    choices: others.map(([name, one]) => ({ value: name, label: name, hint: hintOf(one) })),
    chosen: [],
  });
  for (const [name, one] of others)
    if (chosen.includes(name)) answers[name] = await askOption(name, one, path, around);
  return answers;
}

/** In the order that the author gave them. */
function propertiesOf({ properties }: Schema): Array<[string, Schema]> {
  const all = isObject(properties) ? (Object.entries(properties) as Array<[string, Schema]>) : [];
  const orderOf = ({ order }: Schema) => (typeof order === 'number' ? order : Number.POSITIVE_INFINITY);
  return all
    .map((one, at) => ({ one, at }))
    .sort((a, b) => orderOf(a.one[1]) - orderOf(b.one[1]) || a.at - b.at)
    .map(({ one }) => one);
}

async function askOption(name: string, schema: Schema, path: string, around: Around): Promise<unknown> {
  const place = path === '' ? name : `${path}.${name}`;
  const { asker, context } = around;
  const message = hintOf(schema) ? `${place}: ${hintOf(schema)}` : place;
  if (Array.isArray(schema.oneOf)) return askVariant(schema.oneOf as Schema[], message, place, around);
  const type = typeOf(schema);
  if (schema.airbyte_secret === true) return askSecret(name, message, schema, around);
  if (Array.isArray(schema.enum))
    return asker.choose({ message, choices: schema.enum.map((value) => ({ value, label: String(value) })) });
  if (type === 'boolean') return asker.confirm({ message, initial: schema.default === true });
  if (type === 'object' && isObject(schema.properties)) return askObject(schema, place, around);
  const isList = type === 'array';
  const text = await asker.text({
    message: isList ? `${message} (separated by commas)` : type === 'object' ? `${message} (JSON)` : message,
    ...(schema.default === undefined ? {} : { initial: shownDefault(schema.default) }),
    ...(typeof schema.pattern_descriptor === 'string' ? { example: schema.pattern_descriptor } : {}),
    complaint: (text) => complaintOf(name, schema, valueIn(text, schema)),
  });
  return escaped(valueIn(text, schema), context);
}

async function askVariant(
  variants: readonly Schema[],
  message: string,
  place: string,
  around: Around,
): Promise<unknown> {
  const chosen = await around.asker.choose({
    message,
    choices: variants.map((value) => ({ value, label: titleOf(value), hint: hintOf(value) })),
  });
  return askObject(chosen, place, around);
}

async function askSecret(
  name: string,
  message: string,
  schema: Schema,
  { asker, context, secrets }: Around,
): Promise<string> {
  const variable = variableFor(name, context.prefix, secrets);
  if (context.env[variable]) {
    const isWanted = await asker.confirm({
      message: `${message}\n${variable} is set: use it?`,
      initial: true,
    });
    if (isWanted) return `\${${variable}}`;
  }
  secrets[variable] = await asker.secret({
    message,
    complaint: (text) => complaintOf(name, schema, valueIn(text, schema)),
  });
  return `\${${variable}}`;
}

/** `JIRA_API_TOKEN`; with a number if the name is taken. */
function variableFor(name: string, prefix: string, taken: Readonly<Record<string, string>>): string {
  const base = `${prefix}_${name}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  for (let k = 1; ; k++) {
    const variable = k === 1 ? base : `${base}_${k}`;
    if (!Object.hasOwn(taken, variable)) return variable;
  }
}

/** The value that a text stands for, as far as the schema says. */
function valueIn(text: string, schema: Schema): unknown {
  const type = typeOf(schema);
  if (type === 'array') {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return isObject(schema.items) ? items.map((item) => coerce(schema.items as Schema, item)) : items;
  }
  if (type === 'object') {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) return text;
      throw error;
    }
  }
  return coerce(schema, text);
}

function complaintOf(name: string, schema: Schema, value: unknown): string | undefined {
  if (value === '') return 'it is required';
  const whole = { type: 'object', properties: { [name]: schema } };
  const [mistake] = validateConfig(whole as never, { [name]: value }, '', 'as the schema says');
  if (!mistake) return undefined;
  const sentence = mistake.message.replace(/^\.?/, '');
  return mistake.hint ? `${sentence}: ${mistake.hint}` : sentence;
}

/** A dollar begins a reference in a jobs file. */
function escaped(value: unknown, context: QuestionContext): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map((item) => escaped(item, context));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item, context)]));
}

function shownDefault(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function typeOf({ type }: Schema): string {
  const types = Array.isArray(type) ? type.filter((one) => one !== 'null') : [type];
  return typeof types[0] === 'string' ? types[0] : 'string';
}

function titleOf(variant: Schema): string {
  if (typeof variant.title === 'string') return variant.title;
  const fixed = propertiesOf(variant).find(([, one]) => one.const !== undefined);
  return fixed ? String(fixed[1].const) : 'another one';
}

function hintOf({ description, title }: Schema): string {
  const text = [description, title].find((one) => typeof one === 'string') as string | undefined;
  // Descriptions of others may be HTML of some paragraphs.
  return (text ?? '').replace(/<[^>]+>/g, '').split(/\n|(?<=[.!?])\s/, 1)[0] ?? '';
}
