import { createHash } from 'node:crypto';
import type { BitbucketSandbox, BitbucketStream } from '@headrace/sandbox';

/** How the records of a stream compare with what the sandbox holds. */
export interface Comparison {
  readonly stream: BitbucketStream;
  readonly expected: number;
  /** Different records that landed, each in its last version. */
  readonly landed: number;
  /** Records of the sandbox whose bytes are not the last version of any that landed. */
  readonly missing: number;
  /** Last versions that the sandbox does not have (any more). */
  readonly extra: number;
  /** Records that landed again with the same bytes. */
  readonly twice: number;
}

/** Primary keys, as in the catalog. */
const KEYS: Readonly<Record<BitbucketStream, readonly string[]>> = {
  workspaces: ['uuid'],
  workspace_members: ['workspace_uuid', 'user_uuid'],
  repositories: ['uuid'],
  branches: ['repository_uuid', 'name'],
  tags: ['repository_uuid', 'name'],
  commits: ['repository_uuid', 'hash'],
  pull_requests: ['repository_uuid', 'id'],
  pr_activities: ['repository_uuid', 'pull_request_id', 'activity_id'],
  pr_comments: ['repository_uuid', 'pull_request_id', 'id'],
  pr_commits: ['repository_uuid', 'pull_request_id', 'hash'],
  pr_diffstats: ['repository_uuid', 'pull_request_id', 'path'],
  pipelines: ['uuid'],
  pipeline_steps: ['uuid'],
  deployments: ['uuid'],
};

/** Context fields stand behind the vendor's own; the first of them begins the tail. */
const TAILS = [',"repository_uuid":"', ',"workspace_uuid":"', ',"activity_id":"'];

/** The records of a stream as they land, run after run. */
export interface Landed {
  /** @param text the record's bytes, with its context fields */
  add(text: string): void;
  /** Compares with what the sandbox holds now. */
  compare(bitbucket: BitbucketSandbox): Comparison;
}

/** @param seenAs what is compared of a record's bytes; default: all of them */
export function landedOf(
  stream: BitbucketStream,
  seenAs: (bytes: string) => string = (bytes) => bytes,
): Landed {
  const last = new Map<string, string>();
  const seen = new Set<string>();
  let twice = 0;
  return {
    add(text) {
      const record = JSON.parse(text) as Record<string, unknown>;
      const key = KEYS[stream].map((name) => String(record[name])).join(' ');
      const tails = TAILS.map((name) => text.lastIndexOf(name)).filter((at) => at >= 0);
      const bytes = tails.length === 0 ? text : `${text.slice(0, Math.min(...tails))}}`;
      const version = digest(seenAs(bytes));
      if (seen.has(`${key} ${version}`)) twice++;
      seen.add(`${key} ${version}`);
      last.set(key, version);
    },
    compare({ truth }) {
      const left = new Map<string, number>();
      const facts = truth(stream);
      for (const { bytes } of facts) count(left, digest(seenAs(bytes.toString())), 1);
      let extra = 0;
      for (const version of last.values()) {
        if ((left.get(version) ?? 0) > 0) count(left, version, -1);
        else extra++;
      }
      const missing = [...left.values()].reduce((sum, more) => sum + more, 0);
      return { stream, expected: facts.length, landed: last.size, missing, extra, twice };
    },
  };
}

/** One line for a report. */
export function sentenceOf({ stream, expected, landed, missing, extra, twice }: Comparison): string {
  return `${stream}: expected ${expected}, landed ${landed}, missing ${missing}, extra ${extra}, twice ${twice}`;
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64');

function count(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}
