/** What a connector reads from or writes to, in the spellings that its files need. */
export interface Names {
  /** The executable, the package, the folder: `my-crm-source`. */
  readonly connector: string;
  /** What stands before the suffix: `my-crm`. */
  readonly vendor: string;
  /** `myCrm`. */
  readonly camel: string;
  /** `MyCrm`. */
  readonly pascal: string;
  /** For an environment variable: `MY_CRM`. */
  readonly constant: string;
  /** For people: `My Crm`. */
  readonly title: string;
}

export type Kind = 'source' | 'destination';

/** Why nothing was made; `hint` says what to do. */
export class CreateError extends Error {
  override readonly name = 'CreateError';
  /** A dotted name that stays the same, e.g. `create.name`. */
  readonly code: string;
  readonly hint: string;

  constructor(message: string, details: { readonly code: string; readonly hint: string }) {
    super(message);
    this.code = details.code;
    this.hint = details.hint;
  }
}

const LONGEST = 60;

/**
 * `acme` and `acme-source` name the same source.
 * @throws CreateError where it is no name of a package, a command and an image at once
 */
export function namesOf(kind: Kind, name: string): Names {
  const refuse = (why: string, hint: string) => new CreateError(why, { code: 'create.name', hint });
  const other: Kind = kind === 'source' ? 'destination' : 'source';
  if (name.endsWith(`-${other}`))
    throw refuse(
      `${name} is a ${other}'s name, and a ${kind} was asked for`,
      `say ${other}, or another name`,
    );
  const vendor = name.endsWith(`-${kind}`) ? name.slice(0, -kind.length - 1) : name;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(vendor) || vendor.length > LONGEST) {
    throw refuse(
      `${name === '' ? 'an empty name' : `“${name}”`} cannot be the name of a connector`,
      `letters a–z, digits and single dashes, beginning with a letter, at most ${LONGEST}: my-crm`,
    );
  }
  const words = vendor.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1));
  const pascal = words.join('');
  return {
    connector: `${vendor}-${kind}`,
    vendor,
    camel: pascal[0]!.toLowerCase() + pascal.slice(1),
    pascal,
    constant: vendor.toUpperCase().replaceAll('-', '_'),
    title: words.join(' '),
  };
}
