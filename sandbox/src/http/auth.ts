/** Whether an Authorization header is Basic with this user and password. */
export function isBasic(header: string | undefined, user: string, password: string): boolean {
  const [scheme, value = ''] = (header ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return false;
  return Buffer.from(value, 'base64').toString() === `${user}:${password}`;
}

/** The token of a Bearer header. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^bearer (.+)$/i.exec(header ?? '')?.[1];
}
