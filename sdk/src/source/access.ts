import { isHeadraceError } from '../errors.ts';
import type { Stream } from './define.ts';

/** What was found out about the permission that a stream needs. */
export interface Access {
  /** The permission that is lacking. */
  readonly missing?: string;
  /** Why it cannot be known: the stream fails with this, and the others run. */
  readonly unknown?: unknown;
}

/**
 * Asks whether the credential may read a stream. A server that refuses this question, or fails with it, says nothing
 * of the other streams; refused credentials and a server that cannot be reached do.
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
