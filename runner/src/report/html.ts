import { printable } from '@headrace/sdk/protocol';
import { count, megabytes, minute, span, streamName } from '../terminal/text.ts';
import type { JobReport, Report, ReportOutcome, StreamReport } from './report.ts';

const WIDTH = 300;
const HEIGHT = 44;

/**
 * A report as one HTML file that needs nothing else: no script, no font, no address. Texts of others are made printable and
 * written as entities, and stand in text only.
 */
export function reportHtml(report: Report): string {
  const from = report.days[0] ?? '';
  const until = report.days.at(-1) ?? '';
  const title = `Headrace, ${from} to ${until}`;
  const body = report.jobs.map((job) => jobSection(job, report)).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${safe(title)}</title>
<style>${STYLE}</style>
<main>
<h1>${safe(title)}</h1>
<p class="dim">Made ${safe(minute(report.at))} UTC. Days are days in UTC. Bars show the records that were committed on a day; a mark under a bar says that the stream was left incomplete.</p>
${body || '<p>There are no jobs.</p>'}
</main>
</html>
`;
}

const STYLE = `
:root{color-scheme:light dark;--fg:#1a1d21;--bg:#fff;--dim:#69707a;--line:#dfe3e8;--bar:#2f6fdb;--complete:#2a9d5c;--partial:#d99a1c;--failed:#cf3a3a;--other:#8a93a0;--card:#f7f8fa}
@media(prefers-color-scheme:dark){:root{--fg:#e6e8eb;--bg:#14171a;--dim:#9aa2ad;--line:#2c3238;--bar:#6a9bf0;--complete:#49b97c;--partial:#e0ac45;--failed:#e96b6b;--other:#7b848f;--card:#1b1f24}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:0}
section{border:1px solid var(--line);border-radius:10px;background:var(--card);padding:16px 18px;margin:22px 0}
.dim{color:var(--dim)}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;margin-top:12px}
th{text-align:left;font-weight:600;font-size:13px;color:var(--dim)}th,td{padding:6px 10px 6px 0;border-top:1px solid var(--line);vertical-align:middle}
thead th{border-top:0}td.name{overflow-wrap:anywhere;min-width:130px}
svg{display:block}.strip{margin:10px 0 4px;max-width:100%;height:auto}
.complete{fill:var(--complete)}.running,.interrupted,.none{fill:var(--other)}.none{opacity:.25}.partial,.killed{fill:var(--partial)}.failed{fill:var(--failed)}
.bar{fill:var(--bar)}.axis{stroke:var(--line)}.bad{fill:var(--failed)}
ul{margin:8px 0 0;padding-left:18px}.problem{color:var(--failed)}.fine{color:var(--complete)}
`;

function jobSection(job: JobReport, { days, at }: Report): string {
  const { lastRun } = job;
  const last = lastRun
    ? `Run ${lastRun.number} began ${minute(lastRun.started)} UTC: ${lastRun.outcome}.`
    : `No run in these ${days.length} days.`;
  const outcomes = Object.entries(job.outcomes).map(([outcome, many]) => `${many} ${outcome}`);
  return `<section>
<h2>${safe(`${job.tenant} › ${job.job}`)}</h2>
<div class="dim">${safe(`${job.source} → ${job.destination}`)}</div>
${strip(job.days, days)}
<div>${safe([last, outcomes.length > 0 ? `In all ${outcomes.join(', ')}.` : ''].join(' '))}</div>
${errorList(job)}${verificationOf(job)}${job.streams.length > 0 ? streamTable(job.streams, days, at) : ''}
</section>`;
}

/** A square for each day, with the colour of the worst run. */
function strip(outcomes: ReadonlyArray<ReportOutcome | undefined>, days: readonly string[]): string {
  const squares = outcomes.map((outcome, k) => {
    const what = `${days[k]}: ${outcome ?? 'no run'}`;
    return `<rect class="${outcome ?? 'none'}" x="${k * 14}" y="0" width="11" height="11" rx="2"><title>${safe(what)}</title></rect>`;
  });
  const width = days.length * 14;
  return `<svg class="strip" width="${width}" height="12" viewBox="0 0 ${width} 12" role="img" aria-label="worst outcome of each day">${squares.join('')}</svg>`;
}

function errorList({ errors }: JobReport): string {
  if (errors.length === 0) return '';
  const items = errors.map(
    ({ code, message, hint }) =>
      `<li class="problem">${safe(`${code}: ${message}`)}${hint ? ` <span class="dim">${safe(`→ ${hint}`)}</span>` : ''}</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

function verificationOf({ verification }: JobReport): string {
  if (!verification) return '';
  if (verification.kind === 'unknown') return `<p class="dim">Not verified: ${safe(verification.reason)}</p>`;
  if (verification.problems.length === 0)
    return '<p class="fine">Verified: everything is as it was committed.</p>';
  const items = verification.problems.map(
    ({ code, path, what, hint }) =>
      `<li class="problem">${safe(`${code} ${path}: ${what}`)} <span class="dim">${safe(`→ ${hint}`)}</span></li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

function streamTable(streams: readonly StreamReport[], days: readonly string[], at: number): string {
  const rows = streams.map((stream) => {
    const { total, bytes, rejected, lastComplete, error } = stream;
    const rejects =
      rejected > 0 ? ` <span class="problem">${safe(`${count(rejected)} quarantined`)}</span>` : '';
    const why = error ? `<div class="problem">${safe(error)}</div>` : '';
    return `<tr><td class="name">${safe(streamName(stream))}${why}</td><td>${chart(stream, days)}</td><td class="num">${safe(count(total))}${rejects}</td><td class="num">${safe(megabytes(bytes))}</td><td class="num">${safe(freshness(lastComplete, at))}</td></tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th>stream</th><th>records a day</th><th class="num">records</th><th class="num">size</th><th class="num">last complete</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

/** A bar for each day, up to the largest day of the stream. */
function chart(stream: StreamReport, days: readonly string[]): string {
  const most = Math.max(1, ...stream.committed);
  const step = WIDTH / days.length;
  const bars = stream.committed.flatMap((records, k) => {
    const isBad = stream.incomplete[k];
    const x = (k * step).toFixed(1);
    const width = Math.max(1, step - 2).toFixed(1);
    // A day with a single record among days with millions is still to be seen.
    const height = records === 0 ? 0 : Math.max(2, (records / most) * (HEIGHT - 8));
    const what = `${days[k]}: ${count(records)} records${isBad ? ', incomplete' : ''}`;
    const bar = `<rect class="bar" x="${x}" y="${(HEIGHT - 6 - height).toFixed(1)}" width="${width}" height="${height.toFixed(1)}"/>`;
    const mark = isBad ? `<rect class="bad" x="${x}" y="${HEIGHT - 4}" width="${width}" height="3"/>` : '';
    // The whole day's column shows the text, not only the bar.
    return `<g><title>${safe(what)}</title><rect x="${x}" y="0" width="${step.toFixed(1)}" height="${HEIGHT}" fill="transparent"/>${bar}${mark}</g>`;
  });
  const line = `<line class="axis" x1="0" x2="${WIDTH}" y1="${HEIGHT - 5.5}" y2="${HEIGHT - 5.5}"/>`;
  const label = `records a day, ${count(most)} at most`;
  return `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${safe(label)}">${line}${bars.join('')}</svg>`;
}

/** `3 h ago` */
export function freshness(lastComplete: number | undefined, at: number): string {
  return lastComplete === undefined ? 'not in these days' : `${span(at - lastComplete)} ago`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function safe(text: string): string {
  return printable(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}
