import type { CatalogStream, ConnectorSpecification } from '../../protocol/messages.ts';
import type { Schema } from '../../spec/narrow.ts';

/** Changes in a new `spec` that would reject configs which the last release accepted. */
export function specChanges(before: ConnectorSpecification, after: ConnectorSpecification): string[] {
  const changes: string[] = [];
  compareInput(
    before.connectionSpecification as Schema,
    after.connectionSpecification as Schema,
    'config',
    changes,
  );
  return changes;
}

function compareInput(before: Schema, after: Schema, path: string, changes: string[]): void {
  const say = (what: string): number => changes.push(`${path}: ${what}`);
  const lost = typesOf(before).filter((type) => !typesOf(after).includes(type));
  if (typesOf(after).length > 0 && lost.length > 0) say(`takes no ${lost.join(', ')} any more`);
  if (after.enum) {
    const left = (before.enum ?? []).filter((value) => !after.enum!.includes(value));
    if (!before.enum) say('takes only some values now');
    else if (left.length > 0) say(`does not take ${JSON.stringify(left)} any more`);
  }
  if ('const' in before && before.const !== after.const)
    say(`was the constant ${JSON.stringify(before.const)}`);
  for (const name of after.required ?? []) {
    if (!before.required?.includes(name)) say(`${name} is required now`);
  }
  for (const [name, sub] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[name];
    if (!now) say(`${name} is gone`);
    else compareInput(sub, now, `${path}.${name}`, changes);
  }
  if (before.items && after.items) compareInput(before.items, after.items, `${path}[]`, changes);
  for (const variant of before.oneOf ?? []) {
    const now = after.oneOf?.find((other) => constants(other) === constants(variant));
    if (!now) say(`the variant ${constants(variant)} is gone`);
    else compareInput(variant, now, `${path}(${constants(variant)})`, changes);
  }
}

/** What distinguishes one variant of a oneOf from the others. */
function constants({ properties }: Schema): string {
  return Object.entries(properties ?? {})
    .filter(([, sub]) => 'const' in sub)
    .map(([name, sub]) => `${name}=${JSON.stringify(sub.const)}`)
    .join(',');
}

/** Changes in a new catalog that would break a connection made with the last release. */
export function catalogChanges(before: readonly CatalogStream[], after: readonly CatalogStream[]): string[] {
  const changes: string[] = [];
  for (const stream of before) {
    const now = after.find(
      ({ name, namespace }) => name === stream.name && (namespace ?? '') === (stream.namespace ?? ''),
    );
    if (!now) {
      changes.push(`${stream.name} is gone`);
      continue;
    }
    const same = (what: string, one: unknown, other: unknown): void => {
      if (JSON.stringify(one ?? []) !== JSON.stringify(other ?? []))
        changes.push(`${stream.name}: its ${what} was ${JSON.stringify(one)}, is ${JSON.stringify(other)}`);
    };
    same('key', stream.source_defined_primary_key, now.source_defined_primary_key);
    same('cursor', stream.default_cursor_field, now.default_cursor_field);
    for (const mode of stream.supported_sync_modes)
      if (!now.supported_sync_modes.includes(mode)) changes.push(`${stream.name} is no longer ${mode}`);
    compareOutput(stream.json_schema as Schema, now.json_schema as Schema, stream.name, changes);
  }
  return changes;
}

function compareOutput(before: Schema, after: Schema, path: string, changes: string[]): void {
  const added = typesOf(after).filter((type) => !typesOf(before).includes(type));
  if (typesOf(before).length > 0 && (added.length > 0 || typesOf(after).length === 0))
    changes.push(`${path}: was ${typesOf(before).join(', ')}, is ${typesOf(after).join(', ') || 'anything'}`);
  for (const [name, sub] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[name];
    if (!now) changes.push(`${path}.${name} is gone`);
    else compareOutput(sub, now, `${path}.${name}`, changes);
  }
}

function typesOf({ type }: Schema): string[] {
  return type === undefined ? [] : [type].flat();
}
