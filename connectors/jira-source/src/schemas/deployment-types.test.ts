import { fullCatalog } from '@headrace/sdk/spec';
import { describe, expect, it } from 'vitest';
import jira, { streams } from '../source.ts';
import { streamOn } from './deployment-types.ts';

type Node = { type?: string | string[]; properties?: Record<string, Node>; items?: Node };

/** Every part of a schema with its path. */
function* partsOf(node: Node, path: string): Generator<[string, Node]> {
  yield [path, node];
  for (const [name, sub] of Object.entries(node.properties ?? {})) yield* partsOf(sub, `${path}.${name}`);
  if (node.items) yield* partsOf(node.items, `${path}[]`);
}

function typesBy(deployment?: 'cloud' | 'data-center'): Map<string, string[]> {
  const shown = deployment ? streams.map((stream) => streamOn(deployment, stream)) : streams;
  const catalog = fullCatalog(jira, shown);
  const parts = catalog.streams.flatMap(({ name, json_schema }) => [...partsOf(json_schema, name)]);
  return new Map(
    parts.map(([path, { type }]) => [path, [type ?? 'any'].flat().filter((one) => one !== 'null')]),
  );
}

describe('types that depend on the deployment', () => {
  it.each(['cloud', 'data-center'] as const)('are one each on %s', (deployment) => {
    const many = [...typesBy(deployment)].filter(([, types]) => types.length !== 1);
    expect(many).toEqual([]);
  });

  it('are those that the deployment sends', () => {
    const [cloud, dataCenter] = [typesBy('cloud'), typesBy('data-center')];
    const changed = [...cloud].filter(([path, types]) => `${types}` !== `${dataCenter.get(path)}`);
    expect(changed).toEqual([
      ['issue_changelogs.created', ['integer']],
      ['comments.body', ['object']],
      ['worklogs.comment', ['object']],
    ]);
  });

  it('are all of them where nobody knows the deployment', () => {
    const many = [...typesBy()].filter(([, types]) => types.length > 1);
    expect(many.map(([path]) => path)).toEqual([
      'issue_changelogs.created',
      'comments.body',
      'worklogs.comment',
    ]);
  });
});
