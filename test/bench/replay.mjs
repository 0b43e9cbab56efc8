// `replay.mjs UPSTREAM` repeats earlier answers from memory, so that the server costs almost nothing: generating the
// pages would compete with the client for CPU. Prints its port.
import { createServer } from 'node:http';

const upstream = process.argv[2];
const known = new Map();

const server = createServer(async (request, response) => {
  const body = [];
  for await (const piece of request) body.push(piece);
  const text = Buffer.concat(body).toString();
  const key = `${request.method} ${request.url} ${text}`;
  let answer = known.get(key);
  if (!answer) {
    const { authorization, accept, 'content-type': type } = request.headers;
    const headers = { authorization, accept, ...(type ? { 'content-type': type } : {}) };
    const got = await fetch(upstream + request.url, {
      method: request.method,
      headers,
      body: text || undefined,
    });
    const bytes = Buffer.from(await got.arrayBuffer());
    answer = { status: got.status, type: got.headers.get('content-type') ?? '', bytes };
    known.set(key, answer);
  }
  const { status, type, bytes } = answer;
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
