/** Serves a build for tests that open it in a browser. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

/** A server of files on a port of its own. */
export interface FileServer {
  /** Ends with a slash. */
  readonly url: string;
  close(): void;
}

/** Serves a folder of `dist/`. Throws an Error that says what to do if it has not been built. */
export async function serveBuilt(folder: string): Promise<FileServer> {
  const dir = fileURLToPath(new URL(`../../dist/${folder}`, import.meta.url));
  if (!existsSync(`${dir}/index.html`))
    throw new Error(`dist/${folder} is not there: run npm run build first`);
  return serveFolder(dir);
}

/** Serves the files of a folder. */
export async function serveFolder(dir: string): Promise<FileServer> {
  const files = sirv(dir);
  const server = createServer((request, response) => files(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
