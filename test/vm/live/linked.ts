/** Links of machines in one process, for tests, and what their machines hear. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Member } from '../../../vm/live/identity.ts';
import { SocketLinks } from '../../../vm/live/links.ts';
import type { LinkEvents } from '../../../vm/live/peer-link.ts';
import { GuardedServer } from '../../../vm/live/server/guarded-server.ts';
import type { Envelope } from '../../../vm/program.ts';

/** The events of one machine's links. */
export class Heard implements LinkEvents<string> {
  readonly messages: Envelope<string>[] = [];
  readonly links: string[] = [];
  readonly joins: string[] = [];
  readonly bodies: unknown[] = [];
  readonly drops: string[] = [];
  readonly notices: string[] = [];
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  message(envelope: Envelope<string>): void {
    this.messages.push(envelope);
    this.#changed();
  }
  clusterId(): void {}
  link(peer: string, up: boolean): void {
    this.links.push(`${peer} ${up ? 'up' : 'down'}`);
    this.#changed();
  }
  joined(peer: string): void {
    this.joins.push(peer);
    this.#changed();
  }
  dropped(peer: string, message: string | undefined, why: string, body?: unknown): void {
    this.drops.push(`${peer} ${message} ${why}`);
    if (body !== undefined) this.bodies.push(body);
    this.#changed();
  }
  notice(line: string): void {
    this.notices.push(line);
    this.#changed();
  }
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ holds, resolve });
    });
  }
  #changed(): void {
    for (const { holds, resolve } of this.#waiting) if (holds()) resolve();
  }
}

/** Where a machine listens. */
export interface Place {
  readonly server: GuardedServer;
  readonly url: string;
}

/** Called after each test, the last first. */
export const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that listens. */
export async function place(port = 0): Promise<Place> {
  const server = new GuardedServer();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  closers.push(() => void server.close());
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** How many starts there have been: every one is of a disk that was started before. */
let boots = 0;

/** The links of machine `self`. */
export function link(
  self: string,
  { server, url }: Place,
  peers: readonly Member[],
  secret?: string,
  cluster = 'test',
  clusterId?: string,
) {
  const heard = new Heard();
  const disk = { boot: ++boots, serial: `disk of ${self}`, clusterId };
  const members = [{ id: self, url }, ...peers];
  const links = new SocketLinks<string>({ server, self, members, cluster, disk, secret }, heard);
  closers.push(() => links.close());
  return { links, heard };
}

/** A message. */
export function envelope(id: string, from = 'm1'): Envelope<string> {
  return { id, from, lamport: 7, vector: { [from]: 7 }, body: `body of ${id}` };
}
