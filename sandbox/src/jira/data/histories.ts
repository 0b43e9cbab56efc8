import { below } from '../random.ts';
import { type ByteWriter, put, putAscii, putNumber, putText, putTimestamp } from '../writer.ts';
import { STATUSES } from './catalog.ts';
import { type IssueShape, spread, statusAt } from './shape.ts';
import { phrase } from './texts.ts';
import type { Change, IssueVersion } from './version.ts';
import type { World } from './world.ts';

/** Changes that a changelog knows; comments are none. */
function logged(version: IssueVersion): readonly Change[] {
  return version.changes.filter(({ kind }) => kind === 'edit' || kind === 'move');
}

/** How many changelog entries an issue has at a version. */
function historyCount(shape: IssueShape, version: IssueVersion): number {
  return shape.histories + logged(version).length;
}

/** When the entries of a changelog were made, oldest first. */
export function historyTimes(shape: IssueShape, version: IssueVersion): number[] {
  const first = Array.from({ length: shape.histories }, (_, i) => spread(version, i + 1, shape.histories));
  return [...first, ...logged(version).map(({ at }) => at)];
}

/** `created` is text in issues and `/issue/{id}/changelog`, epoch ms in `/changelog/bulkfetch` (measured there). */
export type HistoryForm = 'text' | 'number';

/** Writes entry `i` of a changelog, counted from the oldest. */
export function putHistory(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
  i: number,
  form: HistoryForm,
): void {
  const change = i < shape.histories ? undefined : logged(version)[i - shape.histories];
  const at = change?.at ?? spread(version, i + 1, shape.histories);
  putAscii(out, '{"id":"');
  putNumber(out, version.id * 10_000 + i);
  putAscii(out, '","author":');
  put(out, world.people[below(world.people.length, world.seed, version.n, 20_000 + i)]!.reference);
  putAscii(out, ',"created":');
  if (form === 'text') putTimestamp(out, at, world.zone);
  else putNumber(out, at);
  putAscii(out, ',"items":[');
  putItems(out, world, version, shape, i, change);
  putAscii(out, ']}');
}

function putItems(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
  i: number,
  change?: Change,
): void {
  if (change?.kind === 'move') {
    const to = world.projects[change.project]!;
    const from = before(world, version, change);
    putText(
      out,
      `{"field":"Key","fieldtype":"jira","from":null,"fromString":"${from.key}","to":null,"toString":"${to.key}-${change.number}"},` +
        `{"field":"project","fieldtype":"jira","fieldId":"project","from":"${from.projectId}","fromString":"${from.name}","to":"${to.id}","toString":"${to.name}"}`,
    );
    return;
  }
  if (change || i % 3 === 0) {
    const edits = change
      ? logged(version)
          .slice(0, i - shape.histories)
          .filter(({ kind }) => kind === 'edit').length
      : i;
    const from = STATUSES[statusAt(shape, edits)]!;
    const to = STATUSES[statusAt(shape, edits + 1)]!;
    putText(
      out,
      `{"field":"status","fieldtype":"jira","fieldId":"status","from":"${from.id}","fromString":"${from.name}","to":"${to.id}","toString":"${to.name}"}`,
    );
    return;
  }
  const text = (salt: number) => phrase(world.seed, version.n, 30_000 + i * 2 + salt);
  putText(
    out,
    `{"field":"summary","fieldtype":"jira","fieldId":"summary","from":null,"fromString":"${text(0)}","to":null,"toString":"${text(1)}"}`,
  );
}

/** Where an issue was before a move. */
function before(
  world: World,
  version: IssueVersion,
  change: Change,
): { key: string; projectId: string; name: string } {
  const place = version.changes[version.changes.indexOf(change) - 1] ?? version.origin;
  const { key, id, name } = world.projects[place.project]!;
  return { key: `${key}-${place.number}`, projectId: id, name };
}

/** Writes the `changelog` of an issue: newest first, as many entries as the site embeds, and the true total. */
export function putChangelog(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  const total = historyCount(shape, version);
  const shown = Math.min(total, world.embedded.histories);
  putAscii(out, `{"startAt":0,"maxResults":${shown},"total":${total},"histories":[`);
  for (let i = total - 1; i >= total - shown; i--) {
    if (i < total - 1) putAscii(out, ',');
    putHistory(out, world, version, shape, i, 'text');
  }
  putAscii(out, ']}');
}
