import { type HttpClient, TransientError } from '@headrace/sdk';
import { statusOf } from '../answers/words.ts';
import { fullName, type Repository, repositoryPath } from './repository.ts';

/** Whether an error is an answer that hides what was asked for. */
export const isRefusal = (error: unknown): boolean => [403, 404].includes(statusOf(error) ?? 0);

/**
 * Checks that a repository is still visible. If not, what is missing from it is not gone.
 * @throws TransientError (`bitbucket.repository_gone`) if it is not visible
 */
export async function confirmVisible(http: HttpClient, repository: Repository): Promise<void> {
  try {
    await http.json({ path: repositoryPath(repository) });
  } catch (error) {
    throw isRefusal(error) ? becameInvisible(repository, error) : error;
  }
}

/** The error for a repository that is refused after it was listed. */
export const becameInvisible = (repository: Repository, cause: unknown): TransientError =>
  new TransientError(`the repository ${fullName(repository)} became invisible during the read`, {
    code: 'bitbucket.repository_gone',
    place: fullName(repository),
    hint: 'its position is kept: the read continues from there once the credential can see the repository again',
    cause,
  });
