// A typical program without an SDK: fetch, parse, stringify each record, write 256 kB at a time. Arguments: URL,
// token.
import { writeSync } from 'node:fs';

const [url, authorization] = process.argv.slice(2);
let lines = '';
const flush = () => {
  const bytes = Buffer.from(lines);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
  lines = '';
};
const { values } = await (
  await fetch(`${url}/rest/api/3/project/search`, { headers: { authorization } })
).json();
for (const project of values) {
  let nextPageToken;
  do {
    const body = JSON.stringify({
      jql: `project = ${project.id} ORDER BY updated ASC, key ASC`,
      fields: ['*all'],
      maxResults: 100,
      nextPageToken,
    });
    const answer = await fetch(`${url}/rest/api/3/search/jql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    });
    const page = await answer.json();
    for (const issue of page.issues) {
      lines += `${JSON.stringify({ type: 'RECORD', record: { stream: 'issues', emitted_at: Date.now(), data: issue } })}\n`;
      if (lines.length > 262_144) flush();
    }
    ({ nextPageToken } = page);
  } while (nextPageToken);
}
flush();
