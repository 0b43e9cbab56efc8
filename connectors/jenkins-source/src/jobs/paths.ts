/** How many parts of a path a child has below its parent: `/job/main`, or `/os=linux` for a configuration. */
export type Segments = 1 | 2;

/**
 * The path of a child below the base URL. The end of its own URL tells it: names in it are encoded in Jenkins's way,
 * those of branches twice. The beginning is the server's idea of its address, which may be another one or missing
 * (docs/vendors/jenkins.md, Reaching it).
 */
export function childPath(parent: string, name: string, url: string | undefined, segments: Segments): string {
  const end = url === undefined ? undefined : ENDS[segments].exec(URL.parse(url)?.pathname ?? '')?.[1];
  return `${parent}/${end ?? `${segments === 2 ? 'job/' : ''}${encodeURIComponent(name)}`}`;
}

const ENDS = { 1: /\/([^/]+)\/*$/, 2: /\/([^/]+\/[^/]+)\/*$/ };
