import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ConfigError } from '@headrace/sdk/spec';

const STICKY = 0o1000;
const BY_ALL = 0o002;
const ROOT = 0;

/** The current user; null where file owners mean nothing (Windows). */
type User = number | null;
const self: User = process.getuid?.() ?? null;

/**
 * Whether a file or folder belongs to this user or to root. Files of other users are not trusted when a program is looked
 * up. If we are root, every owner is accepted (a checkout in CI).
 */
export function isOurs(path: string, user: User = self): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (user === null || user === ROOT || isOwned(stat, user));
}

/**
 * Refuses a program that others may have written or may replace. Checks the file, its folder and those above it up to
 * `top`, and the same for the target of a link. Git's safe.directory has the same rule for owners.
 * @param top the folder in which the search began
 * @returns a warning if we are root and an ordinary user owns it
 * @throws ConfigError (`connector.unsafe`)
 */
export function mustBeSafe(path: string, top: string | undefined, user: User = self): string | undefined {
  if (user === null) return undefined;
  const places = new Set(chain(path).flatMap((one) => around(one, top)));
  let owned: string | undefined;
  for (const place of places) {
    const stat = lstatSync(place);
    // A link has no mode of its own; its target is checked too.
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

/** A file and the chain of its link targets. */
function chain(path: string): string[] {
  const links = [path];
  // The system has already refused to open links in a circle.
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
