import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { Observers } from '../../../replication/live/observe.ts';
import type { ReplicaStatus } from '../../../replication/replication.ts';
import type { EventRecord } from '../../../vm/event.ts';

const http = createServer();
const server = new Server(http, { transports: ['websocket'] });
let status = { id: 'r1', role: 'follower', term: 1 } as ReplicaStatus;
const observers = new Observers(server, () => status);
const watchers: Socket[] = [];

beforeAll(async () => {
  await once(http.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  for (const watcher of watchers) watcher.disconnect();
  observers.close();
  await server.close();
});

function watch(): Socket {
  const { port } = http.address() as AddressInfo;
  const watcher = io(`http://127.0.0.1:${port}/observe`, { transports: ['websocket'], forceNew: true });
  watchers.push(watcher);
  return watcher;
}

interface Observation {
  readonly status: ReplicaStatus;
  readonly events: readonly EventRecord[];
  readonly missed: number;
}

function next(watcher: Socket, holds: (observation: Observation) => boolean): Promise<Observation> {
  return new Promise((resolve) => {
    watcher.on('observation', (observation: Observation) => {
      if (holds(observation)) resolve(observation);
    });
  });
}

const row = (tick: number): EventRecord => ({ timeUs: tick, node: 'r1', tick, event: 'internal' });

test('a watcher gets the status at once and when it changes, and events from then on, a limited number', async () => {
  // Nobody watches yet.
  observers.event(row(0));
  const watcher = watch();
  expect(await next(watcher, () => true)).toEqual({ status, events: [], missed: 0 });

  for (let tick = 1; tick <= 510; tick++) observers.event(row(tick));
  const { events, missed } = await next(watcher, (observation) => observation.events.length > 0);
  expect(events.map(({ tick }) => tick)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  expect(missed).toBe(10);

  status = { ...status, role: 'leader', term: 2 };
  expect((await next(watcher, (observation) => observation.status.term === 2)).status).toEqual(status);
});

test('a watcher that misbehaves does no harm', async () => {
  const [good, bad] = [watch(), watch()];
  await Promise.all([next(good, () => true), next(bad, () => true)]);
  bad.emit('error', 'boo');
  bad.emit('observation', { status: { role: 'god' } });
  status = { ...status, term: 3 };
  expect((await next(good, (observation) => observation.status.term === 3)).status).toEqual(status);
});
