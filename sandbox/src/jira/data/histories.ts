import { below } from '../../http/random.ts';
import { type ByteWriter, put, putAscii, putNumber, putText } from '../../http/writer.ts';
import { phrase } from '../../texts.ts';
import { putTimestamp } from '../timestamp.ts';
import { STATUSES } from './catalog.ts';
import { type IssueShape, spread, statusAt } from './shape.ts';
import type { Change, IssueVersion } from './version.ts';
import type { World } from './world.ts';

/** The changes that appear in the changelog. Comments do not. */
function logged(version: IssueVersion): readonly Change[] {
  return version.changes.filter(({ kind }) => kind === 'edit' || kind === 'move');
}

/** Number of changelog entries of an issue at a version. */
function historyCount(shape: IssueShape, version: IssueVersion): number {
  return shape.histories + logged(version).length;
}

/** Creation times of the changelog entries, oldest first. */
export function historyTimes(shape: IssueShape, version: IssueVersion): number[] {
  const first = Array.from({ length: shape.histories }, (_, i) => spread(version, i + 1, shape.histories));
  return [...first, ...logged(version).map(({ at }) => at)];
}

/** `created` is text in issues and in `/issue/{id}/changelog`, but epoch ms in `/changelog/bulkfetch` (measured). */
export type HistoryForm = 'text' | 'number';

/** Writes changelog entry `i`; 0 is the oldest. */
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

/** The project and number of an issue before a move. */
function before(
  world: World,
  version: IssueVersion,
  change: Change,
): { key: string; projectId: string; name: string } {
  const place = version.changes[version.changes.indexOf(change) - 1] ?? version.origin;
  const { key, id, name } = world.projects[place.project]!;
  return { key: `${key}-${place.number}`, projectId: id, name };
}

/** Writes the `changelog` of an issue: newest first, as many entries as the site embeds, and the full total. */
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
