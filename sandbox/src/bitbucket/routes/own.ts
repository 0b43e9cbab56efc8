import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { put, putText } from '../../http/writer.ts';
import { raw } from '../answer.ts';
import { BITBUCKET_STREAMS, truthOf } from '../oracle.ts';
import type { Site } from '../site.ts';

/** `GET /_sandbox/truth/{stream}`: what a complete sync must have, a line `{"key": […], "record": …}` each. */
export function truthLines(site: Site, { params }: Call): Answer {
  const stream = BITBUCKET_STREAMS.find((one) => one === params.stream);
  if (!stream)
    throw new Refusal(`no stream ${params.stream}; there are ${BITBUCKET_STREAMS.join(', ')}`, 404);
  const out = page(site);
  for (const { key, bytes } of truthOf(site, stream)) {
    putText(out, `{"key":${JSON.stringify(key)},"record":`);
    put(out, bytes);
    putText(out, '}\n');
  }
  return raw(out, 200, { 'Content-Type': 'application/x-ndjson', 'X-Sandbox-Exact': '1' });
}
