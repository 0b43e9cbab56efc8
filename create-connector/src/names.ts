/** The name of a connector in every spelling that its files need. */
export interface Names {
  /** Name of the executable, the package and the folder: `my-crm-source`. */
  readonly connector: string;
  /** The name without its suffix: `my-crm`. */
  readonly vendor: string;
  /** `myCrm`. */
  readonly camel: string;
  /** `MyCrm`. */
  readonly pascal: string;
  /** For environment variables: `MY_CRM`. */
  readonly constant: string;
  /** For display: `My Crm`. */
  readonly title: string;
}

export type Kind = 'source' | 'destination';

/** Says why no connector was created; `hint` says what to do. */
export class CreateError extends Error {
  override readonly name = 'CreateError';
  /** A stable dotted name, e.g. `create.name`. */
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
 * All spellings of a name. `acme` and `acme-source` name the same source.
 * @throws CreateError if it cannot name a package, a command and an image
 */
export function namesOf(kind: Kind, name: string): Names {
  const refuse = (why: string, hint: string) => new CreateError(why, { code: 'create.name', hint });
  const other: Kind = kind === 'source' ? 'destination' : 'source';
  if (name.endsWith(`-${other}`))
    throw refuse(
      `${name} is the name of a ${other}, but you asked for a ${kind}`,
      `create a ${other}, or choose another name`,
    );
  const vendor = name.endsWith(`-${kind}`) ? name.slice(0, -kind.length - 1) : name;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(vendor) || vendor.length > LONGEST) {
    throw refuse(
      `${name === '' ? 'an empty name' : `“${name}”`} cannot be the name of a connector`,
      `use letters a–z, digits and single dashes, start with a letter, at most ${LONGEST} characters: my-crm`,
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
