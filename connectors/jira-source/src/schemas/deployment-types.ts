import type { Stream } from '@headrace/sdk';
import type { Deployment } from '../site/deployment.ts';

/** Fields with different types: documents and numbers on Cloud, text on Data Center. */
const TYPES: Record<string, Record<string, Record<Deployment['deployment'], string>>> = {
  issue_changelogs: { created: { cloud: 'integer', 'data-center': 'string' } },
  comments: { body: { cloud: 'object', 'data-center': 'string' } },
  worklogs: { comment: { cloud: 'object', 'data-center': 'string' } },
};

/**
 * The stream with the types of one deployment, so that each field has a single type. In `specs/`, the deployment is
 * unknown and the schemas have both types, which clients store as text.
 */
export function streamOn<S extends Pick<Stream<unknown>, 'name' | 'schema'>>(
  deployment: Deployment['deployment'],
  stream: S,
): S {
  const properties = { ...stream.schema.properties };
  for (const [name, types] of Object.entries(TYPES[stream.name] ?? {}))
    properties[name] = { ...(properties[name] as object), type: ['null', types[deployment]] };
  return { ...stream, schema: { properties } };
}
