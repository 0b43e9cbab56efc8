/** The one account that the sandbox knows. */
export interface Credentials {
  email: string;
  apiToken: string;
}

/** Whether an Authorization header is Basic with the account's email and token. */
export function isKnown(header: string | undefined, { email, apiToken }: Credentials): boolean {
  const [scheme, value = ''] = (header ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return false;
  return Buffer.from(value, 'base64').toString() === `${email}:${apiToken}`;
}
