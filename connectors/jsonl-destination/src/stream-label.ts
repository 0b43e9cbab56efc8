/** A stream as people write it: its name, behind its namespace where it has one. */
export function streamLabel(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}
