import { below } from '../../http/random.ts';
import type { PullRequest } from '../store/facts.ts';
import { repositoryUrl } from './references.ts';

/** The last two are not in the documentation. */
const STATUSES = ['modified', 'modified', 'added', 'removed', 'renamed', 'merge conflict', 'local deleted'];

/** The path that stands for a changed file: the new one, or the old one of a file that is gone. */
export function diffstatPath({ n }: PullRequest, file: number, seed: number): string {
  return `src/module-${below(9, seed, n * 101 + file, 96)}/größe ${n}-${file}.ts`;
}

/** A changed file of a pull request's diff. `old` is null for an added file, `new` for a removed one. */
export function diffstatBody(pullRequest: PullRequest, file: number, seed: number): object {
  const { repository, n, source, destination, commits } = pullRequest;
  const place = n * 101 + file;
  const status = STATUSES[below(STATUSES.length, seed, place, 95)]!;
  const version = commits.length;
  const path = diffstatPath(pullRequest, file, seed);
  const side = (hash: string | undefined, name: string) => ({
    path: name,
    type: 'commit_file',
    escaped_path: encodeURI(name),
    links: { self: { href: `${repositoryUrl(repository)}/src/${hash ?? ''}/${encodeURI(name)}` } },
  });
  const old = side(destination.commit?.hash, status === 'renamed' ? `${path}.old` : path);
  return {
    type: 'diffstat',
    lines_added: status === 'removed' ? 0 : below(300, seed, place + version, 97),
    lines_removed: status === 'added' ? 0 : below(120, seed, place + version, 98),
    status,
    old: status === 'added' ? null : old,
    new: status === 'removed' || status === 'local deleted' ? null : side(source.commit?.hash, path),
  };
}
