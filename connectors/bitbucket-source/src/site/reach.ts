import { ConfigError, isHeadraceError, type OpenContext, type Page, PassOver } from '@headrace/sdk';
import { statusOf } from '../answers/words.ts';
import { fullName, type Repository } from './repository.ts';

/** Knows which repositories answer, so that one that refuses ends nothing but itself. */
export interface Reach {
  /**
   * The pages of a repository for a stream. A first request that is refused means that the repository is passed over,
   * if a pattern or its workspace brought it, the streams have no state of it, and another repository answers.
   * @param streams that the pages are read for; the first one names them
   * @throws PassOver; ConfigError (`bitbucket.all_refused`) if every repository refuses; else what `pages` throws
   */
  through<P extends Page>(
    streams: Iterable<string>,
    repository: Repository,
    pages: AsyncIterable<P>,
  ): AsyncGenerator<P>;
  /** The same for a single answer. */
  answer<T>(streams: Iterable<string>, repository: Repository, ask: () => Promise<T>): Promise<T>;
}

const REFUSED = [403, 404];
const WHAT = 'repositories that the credential may not read';

/** @param all the repositories to read */
export function reachOf(
  all: () => Promise<readonly Repository[]>,
  states: NonNullable<OpenContext['reading']>['states'],
): Reach {
  const answered = new Set<string>();
  const refused = new Map<string, Set<string>>();

  const hasState = (streams: readonly string[], { key }: Repository): boolean =>
    streams.some((name) => key in ((states.get(name)?.partitions ?? {}) as object));

  async function judged(
    error: unknown,
    streams: readonly string[],
    repository: Repository,
  ): Promise<unknown> {
    if (!isHeadraceError(error) || !REFUSED.includes(statusOf(error) ?? 0)) return error;
    const [stream = ''] = streams;
    const those = refused.get(stream) ?? new Set();
    refused.set(stream, those.add(repository.key));
    if (repository.isNamed || hasState(streams, repository)) return error;
    if (answered.has(stream) || those.size < (await all()).length) return new PassOver(WHAT);
    return new ConfigError(`every repository refuses to be read, the last one ${fullName(repository)}`, {
      code: 'bitbucket.all_refused',
      place: error.place,
      status: error.status,
      hint: 'check the scopes of the credential, and its access to the repositories',
      cause: error,
    });
  }

  return {
    async *through(streams, repository, pages) {
      const names = [...streams];
      let isFirst = true;
      try {
        for await (const page of pages) {
          if (isFirst) answered.add(names[0]!);
          isFirst = false;
          yield page;
        }
        answered.add(names[0]!);
      } catch (error) {
        throw isFirst ? await judged(error, names, repository) : error;
      }
    },
    answer: async (streams, repository, ask) => {
      const names = [...streams];
      try {
        const answer = await ask();
        answered.add(names[0]!);
        return answer;
      } catch (error) {
        throw await judged(error, names, repository);
      }
    },
  };
}
