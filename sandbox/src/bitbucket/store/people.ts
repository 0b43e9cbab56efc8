import { personName } from '../../texts.ts';
import { hex, SALT, uuid } from './ids.ts';

/** An account. */
export interface Person {
  index: number;
  uuid: string;
  accountId: string;
  displayName: string;
  nickname: string;
  email: string;
}

/** The account with this number. */
export function personOf(seed: number, index: number): Person {
  const displayName = personName(seed, index);
  return {
    index,
    uuid: uuid(seed, index, SALT.person),
    accountId: `557058:${uuid(seed, index, SALT.person + 50).slice(1, -1)}`,
    displayName,
    nickname: displayName.split(' ')[0]!,
    email: `${hex(6, seed, index, SALT.person)}@headrace.example`,
  };
}
