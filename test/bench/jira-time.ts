import { type JiraRead, readJira, requestsOf } from './jira-read.ts';
import { FOUR, ISSUES, PROJECTS, whole } from './jira-size.ts';
import { median, type Section } from './part.ts';
import { startSandbox } from './sandbox.ts';

const LATENCY_MS = 100;
const RPS = 100;
const CONCURRENCY = 8;
const ROUNDS = 3;
const AIM = 1.3;

/** How close a first sync comes to the minimum time given by latency and rate limit. */
export async function jiraTime(): Promise<Section> {
  const sandbox = await startSandbox({
    issues: ISSUES,
    projects: PROJECTS,
    seed: 1,
    'latency-ms': LATENCY_MS,
    'burst-per-second': RPS,
  });
  try {
    const reads: JiraRead[] = [];
    for (let round = 0; round < ROUNDS; round++)
      reads.push(await readJira(sandbox, { streams: FOUR, config: { concurrency: CONCURRENCY } }));
    const ratios = reads.map((read) => read.seconds / idealOf(read));
    const ratio = median(ratios);
    return {
      title: 'jira-source: time behind a limit',
      about:
        `\`${FOUR.join('`, `')}\` of ${whole(ISSUES)} issues in ${PROJECTS} projects from an API that takes ${LATENCY_MS} ms to answer and allows ${RPS} requests a second to each endpoint; ${CONCURRENCY} requests under way at most, the default. ` +
        `Ideal: requests × latency ÷ ${CONCURRENCY}, or the busiest endpoint's requests ÷ ${RPS}, whichever is longer. Wall time is that of the whole process. The sandbox, which takes as much of a processor as the source does, runs on the same machine: where that is busy it answers later than it should, and the last two columns show by how much, and how many requests the source had under way in the mean. One row a round.`,
      head: [
        'requests',
        'busiest endpoint',
        'throttled',
        'ideal',
        'wall time',
        'to the ideal',
        'answers took',
        'under way',
      ],
      rows: reads.map((read, round) => [
        String(requestsOf(read)),
        String(Math.max(...read.requests.values())),
        String(read.throttled),
        `${idealOf(read).toFixed(1)} s`,
        `${read.seconds.toFixed(1)} s`,
        `${ratios[round]!.toFixed(2)} ×`,
        `${Math.round((1000 * read.busySeconds) / requestsOf(read))} ms`,
        (read.busySeconds / read.seconds).toFixed(1),
      ]),
      verdict: `Aim: at most ${AIM} ×. Measured: ${ratio.toFixed(2)} ×, the median.`,
    };
  } finally {
    sandbox.stop();
  }
}

/** Seconds. */
function idealOf(read: JiraRead): number {
  const byLatency = (requestsOf(read) * LATENCY_MS) / 1000 / CONCURRENCY;
  return Math.max(byLatency, Math.max(...read.requests.values()) / RPS);
}
