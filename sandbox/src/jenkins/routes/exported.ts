import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { exported, oops } from '../answer.ts';
import type { Site } from '../site.ts';
import { type Bean, Unexportable } from '../tree/bean.ts';
import { piecesOf, putBean } from '../tree/export.ts';
import { parseTree } from '../tree/parse.ts';
import { byDepth, byTree, type Pruner } from '../tree/pruner.ts';

/** An object as JSON, pruned as the call's `tree` or `depth` says. */
export function exportedBean(site: Site, call: Call, object: Bean): Answer {
  const pruner = prunerOf(call.query);
  const out = page(site);
  try {
    putBean(out, object, pruner, site.settings.strictRanges);
  } catch (error) {
    site.spare.push(out);
    if (error instanceof Unexportable) return oops(`java.io.IOException: ${error.message}`);
    throw error;
  }
  return exported(out);
}

/** Like {@link exportedBean}, for an object whose long lists may not fit into memory. */
export function exportedInPieces(site: Site, call: Call, object: Bean): Answer {
  const rest = piecesOf(object, prunerOf(call.query), site.settings.strictRanges);
  return { ...exported(Buffer.alloc(0)), rest };
}

function prunerOf(query: URLSearchParams): Pruner {
  const tree = query.get('tree');
  if (tree !== null) return byTree(parseTree(tree));
  const depth = query.get('depth') ?? '0';
  if (!/^-?[0-9]{1,9}$/.test(depth)) throw new Refusal(`Invalid value for depth: ${depth}`, 500);
  return byDepth(1 - Number(depth));
}
