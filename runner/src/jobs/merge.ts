import { isObject } from '@headrace/sdk/protocol';
import { own } from '@headrace/sdk/spec';
import { isWritten } from '../engine/numbers.ts';
import type { WrittenJob } from './schema.ts';

type Written = Record<string, unknown>;

/**
 * A job with the file's defaults under it: mappings merge, lists and values replace. An end with
 * another connector than the default's inherits nothing from it, because its configuration means something else.
 */
export function withDefaults(defaults: WrittenJob | undefined, job: WrittenJob): WrittenJob {
  const under: Written = { ...defaults };
  for (const role of ['source', 'destination'] as const) {
    const other = job[role]?.connector;
    if (
      other !== undefined &&
      defaults?.[role]?.connector !== undefined &&
      defaults[role].connector !== other
    )
      delete under[role];
  }
  return merge(under, job as Written) as WrittenJob;
}

function merge(under: Written, over: Written): Written {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = own(under, key);
    return [key, isMapping(below) && isMapping(value) ? merge(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(merged) };
}

function isMapping(value: unknown): value is Written {
  return isObject(value) && !isWritten(value);
}
