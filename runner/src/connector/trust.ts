import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ConfigError } from '@headrace/sdk/spec';

const STICKY = 0o1000;
const BY_ALL = 0o002;
const ROOT = 0;

/** Who runs us; null where files have no owner that says anything (Windows). */
type User = number | null;
const self: User = process.getuid?.() ?? null;

/**
 * Whether a file or folder was put there by this user or by root: what somebody else has made, on the way to a program
 * of ours, is no sign of ours. If we are root, anybody's is (a checkout in CI).
 */
export function isOurs(path: string, user: User = self): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (user === null || user === ROOT || isOwned(stat, user));
}

/**
 * Refuses a program that others may have written or may replace: the file, the folder it is in and those above it up to
 * `top`, and the same of what it is a link to. Git's safe.directory asks the same of owners.
 * @param top the folder from which it was looked for
 * @returns what is to be said of it: we are root, and an ordinary user owns it
 * @throws ConfigError (`connector.unsafe`)
 */
export function mustBeSafe(path: string, top: string | undefined, user: User = self): string | undefined {
  if (user === null) return undefined;
  const places = new Set(chain(path).flatMap((one) => around(one, top)));
  let owned: string | undefined;
  for (const place of places) {
    const stat = lstatSync(place);
    // A link has no mode of its own; what it leads to is looked at, too.
    if (!stat.isSymbolicLink() && (stat.mode & BY_ALL) !== 0 && !(stat.isDirectory() && stat.mode & STICKY))
      throw unsafe(path, `everybody may write to ${place}`, `chmod o-w ${place}`);
    if (isOwned(stat, user)) continue;
    if (user !== ROOT)
      throw unsafe(
        path,
        `${place} belongs to another user (${stat.uid})`,
        'install the connector yourself, or have root do it',
      );
    owned ??= `${place} belongs to an ordinary user (${stat.uid}), and it is run as root`;
  }
  return owned;
}

/** A file, what it is a link to, what that is a link to, and so on. */
function chain(path: string): string[] {
  const links = [path];
  // What leads in a circle has no end: the system has refused to open it long before.
  for (let at = path; lstatSync(at).isSymbolicLink(); ) {
    at = resolve(realpathSync(dirname(at)), readlinkSync(at));
    links.push(at);
  }
  return [...links, realpathSync(path)];
}

/** The file, its folder, and the folders above it that lie in `top`. */
function around(path: string, top: string | undefined): string[] {
  const places = [path, dirname(path)];
  for (let at = dirname(path); top !== undefined && isInside(dirname(at), top); at = dirname(at)) {
    if (at === dirname(at)) break;
    places.push(dirname(at));
  }
  return places;
}

function isInside(path: string, top: string): boolean {
  const way = relative(top, path);
  return way === '' || (!way.startsWith('..') && !way.startsWith('/'));
}

function isOwned({ uid }: Stats, user: number): boolean {
  return uid === user || uid === ROOT;
}

function unsafe(path: string, why: string, hint: string): ConfigError {
  return new ConfigError(`${path} is not run: ${why}`, { code: 'connector.unsafe', hint });
}
