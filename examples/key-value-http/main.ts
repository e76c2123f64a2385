/** A replicated key-value store behind an HTTP server: `PUT /key` with a JSON value, `GET /key`. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyValueMachine, ReplicationError, startLocal, type Value } from 'tickraft';

const MAX_BODY_BYTES = 64 * 1024;
const cluster = await startLocal({ machine: keyValueMachine });
const replica = await cluster.leader();

const server = createServer(async (request, response) => {
  const key = decodeURIComponent((request.url ?? '/').slice(1));
  try {
    if (request.method === 'PUT') {
      const value = await body(request);
      response.end(`${JSON.stringify(await replica.submit({ type: 'put', key, value }))}\n`);
    } else response.end(`${JSON.stringify(await replica.read({ type: 'get', key }))}\n`);
  } catch (error) {
    response.statusCode = error instanceof ReplicationError ? 503 : 400;
    response.end(`${(error as Error).message}\n`);
  }
});

async function body(request: IncomingMessage): Promise<Value> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new RangeError('the value is too large');
  }
  return JSON.parse(text) as Value;
}

server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGINT', async () => {
  server.close();
  await cluster.stop();
});
