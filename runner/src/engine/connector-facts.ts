import type { ConnectorFacts, ConnectorSpecification, JsonObject } from '@headrace/sdk/protocol';

/**
 * What a spec says to the runner in `x-headrace`; undefined for a connector that is not made with our SDK. Members
 * of an unexpected shape are ignored.
 */
export function factsOf(spec: ConnectorSpecification): ConnectorFacts | undefined {
  const facts: unknown = spec['x-headrace'];
  if (facts === undefined) return undefined;
  const { state, target, source, start, verbs } = (isObject(facts) ? facts : {}) as Record<string, unknown>;
  const path = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const targets = Array.isArray(target) ? target.map(path).filter((one) => one !== undefined) : [];
  const named = Array.isArray(verbs) ? verbs.map(path).filter((one) => one !== undefined) : undefined;
  return { state: state === true, target: targets, source: path(source), start: path(start), verbs: named };
}

/** The option at a path with dots. */
export function optionAt(config: JsonObject, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), config);
}

/** A copy with the option at a path set. Missing objects on the way are created. */
export function withOption(config: JsonObject, path: string, value: unknown): JsonObject {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...config, [name]: value };
  const inner = config[name];
  return { ...config, [name]: withOption(isObject(inner) ? inner : {}, rest.join('.'), value) };
}

/** The default of an option, from the spec's schema. */
export function defaultAt(schema: JsonObject, path: string): unknown {
  const option = path
    .split('.')
    .reduce<unknown>((at, name) => (isObject(at) ? optionAt(at, `properties.${name}`) : undefined), schema);
  return isObject(option) ? option.default : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
