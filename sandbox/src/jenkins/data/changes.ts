import { below, fraction } from '../../http/random.ts';
import { type Build, buildOf, has } from '../store/builds.ts';
import type { Item } from '../store/item.ts';
import { type Bean, bean, collection, type LongList, Unexportable } from '../tree/bean.ts';
import { drawOf } from './build.ts';
import { urlOf, type View } from './context.ts';
import { type Person, personOf, shaOf, wordsOf } from './people.ts';

/** How far culprits reach back: to the last good build. */
const REACH = 5;

/** The change sets of a build: at most one for a freestyle build, up to two for a pipeline. */
export function changeSetsOf(view: View, item: Item, build: Build): Bean[] {
  const { seed } = view.site.settings;
  const n = drawOf(item, build);
  const sets = item.kind === 'pipeline' ? below(3, seed, n, 81) : below(2, seed, n, 81);
  return Array.from({ length: sets }, (_, set) =>
    bean('hudson.plugins.git.GitChangeSetList', {
      items: () =>
        Array.from({ length: 1 + below(3, seed, n, 82 + set) }, (_, i) =>
          commitOf(view, n * 8 + set * 4 + i, build.timestamp),
        ),
      kind: 'git',
    }),
  );
}

function commitOf(view: View, c: number, before: number): Bean {
  const { seed } = view.site.settings;
  const author = personOf(seed, c, 84);
  const at = before - below(3_600_000, seed, c, 85);
  const message = wordsOf(seed, c, 86, 6);
  const sha = shaOf(seed, c);
  const paths = Array.from(
    { length: 1 + below(3, seed, c, 87) },
    (_, i) => `src/${wordsOf(seed, c + i, 88, 1)}/file-${i}.ts`,
  );
  return bean('hudson.plugins.git.GitChangeSet', {
    affectedPaths: paths,
    commitId: sha,
    timestamp: at - (at % 1000),
    author: () => userOf(view, author),
    authorEmail: `${author.id}@example.com`,
    comment: `${message}\n\nRefs OPS-${below(900, seed, c, 89)}\n`,
    date: gitDate(at),
    id: sha,
    msg: message,
    paths: paths.map((file, i) => bean(undefined, { editType: ['edit', 'add', 'delete'][i % 3]!, file })),
  });
}

/** A user, as Jenkins exports one: it looks the user up, and makes a record for one that it does not know. */
function userOf(view: View, { id, fullName }: Person): Bean {
  view.site.cost.users++;
  view.site.users.add(id);
  return bean(undefined, { absoluteUrl: urlOf(view, `user/${encodeURIComponent(id)}`), fullName });
}

/**
 * Who committed since the last good build. One damaged build below makes it fail, for each build that inherits from
 * it (jenkinsci/jenkins 27031).
 */
export function culpritsOf(view: View, item: Item, number: number): LongList {
  const { seed } = view.site.settings;
  const builds = item.builds!;
  const people = new Map<string, Person>();
  for (let at = number; at > number - REACH && at >= builds.first; at--) {
    if (!has(builds, at)) continue;
    const damage = builds.damaged.get(at);
    if (damage === 'culprits' || damage === 'build') throw new Unexportable(`culprits of build ${at}`);
    const build = buildOf(builds, at);
    if (at < number && build.result === 'SUCCESS') break;
    const n = drawOf(item, build);
    if (fraction(seed, n, 90) < 0.5) continue;
    const person = personOf(seed, n, 91);
    people.set(person.id, person);
  }
  return collection([...people.values()].map((person) => userOf(view, person)));
}

/** A commit's date as git writes it: `2026-11-30 14:03:07 +0100`. */
function gitDate(at: number): string {
  return `${new Date(at + 3_600_000).toISOString().slice(0, 19).replace('T', ' ')} +0100`;
}
