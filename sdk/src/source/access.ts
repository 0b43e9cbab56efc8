import { isHeadraceError } from '../errors.ts';
import type { Stream } from './define.ts';

/** Whether the credential has the permission that a stream needs. */
export interface Access {
  /** The permission that it lacks. */
  readonly missing?: string;
  /** Why it is not known. The stream fails with this error, and the others are read. */
  readonly unknown?: unknown;
}

/**
 * Checks whether the credential may read a stream. If the server rejects this check, or fails, that concerns only this
 * stream. Rejected credentials and a server that cannot be reached concern all, so those errors are thrown.
 */
export async function accessTo<Api>({ access }: Stream<Api>, api: Api): Promise<Access> {
  try {
    return { missing: await access?.(api) };
  } catch (error) {
    const status = isHeadraceError(error) ? error.status : undefined;
    if (status === undefined || status === 401) throw error;
    return { unknown: error };
  }
}
