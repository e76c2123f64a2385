import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { LiveError } from '../../../vm/errors.ts';
import type { EventRecord } from '../../../vm/event.ts';
import type { LiveDisk } from '../../../vm/live/disk/durable-disk.ts';
import { VolatileDisk } from '../../../vm/live/disk/volatile-disk.ts';
import { LiveHost, nowUs } from '../../../vm/live/host.ts';
import type { Links } from '../../../vm/live/links.ts';
import type { LinkEvents } from '../../../vm/live/peer-link.ts';
import type { Envelope, Roster } from '../../../vm/program.ts';
import { EAGER, type EchoRequest, type EchoState, echo, LAZY } from './echo.ts';

/** Emits `step` after each step of a program, and each write that a slow disk is given. */
const happening = new EventEmitter();

/** A disk whose commits complete when the test says. */
class SlowDisk extends VolatileDisk {
  readonly waiting: { batch: number; resolve(batch: number): void; reject(error: Error): void }[] = [];

  override persist(batch: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ batch, resolve, reject });
      happening.emit('step');
    });
  }
}

interface Bench {
  readonly host: LiveHost<EchoState, string, EchoRequest>;
  readonly rows: EventRecord[];
  readonly sent: { to: readonly string[]; envelope: Envelope<string> }[];
  readonly failures: LiveError[];
  /** The rosters that the links were told to follow. */
  readonly rosters: Roster[];
  /** Hear of every send by its message's id, while it is made. */
  readonly onSend: ((message: string) => void)[];
  links: LinkEvents<string>;
}

const benches: Bench[] = [];

function start(
  policy = EAGER,
  rate = 1000,
  disk: LiveDisk = new VolatileDisk(),
  more: Pick<ReturnType<typeof echo>, 'roster'> = {},
): Bench {
  const program = { ...echo(policy), ...more };
  const bench = { rows: [], sent: [], failures: [], rosters: [], onSend: [] } as unknown as Bench & {
    host: unknown;
  };
  bench.host = new LiveHost<EchoState, string, EchoRequest>({
    program: {
      ...program,
      settle(state, ctx) {
        program.settle!(state, ctx);
        happening.emit('step');
      },
    },
    self: 'm1',
    peers: ['m2'],
    disk,
    rate,
    seed: 1,
    clock: { stamp: 'after', vector: true },
    record: (event) => void bench.rows.push(event),
    onFailure: (error) => void bench.failures.push(error),
    connect(events): Links<string> {
      bench.links = events;
      const send = (to: readonly string[], envelope: Envelope<string>) => {
        bench.sent.push({ to, envelope });
        for (const hear of bench.onSend) hear(envelope.id);
      };
      return {
        send,
        identify: () => {},
        follow: (roster) => void bench.rosters.push(roster),
        close: async () => {},
      };
    },
  });
  benches.push(bench);
  return bench;
}

afterEach(async () => {
  for (const { host } of benches.splice(0)) await host.stop();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await once(happening, 'step');
}

function message(body: string): Envelope<string> {
  return { id: `m2-${body}`, from: 'm2', lamport: 1, body };
}

test('ticks at its rate, even if timers are late', async () => {
  const { host } = start(EAGER, 500);
  const began = performance.now();
  await until(() => host.state.ticks >= 20);
  const blockedUntil = performance.now() + 60;
  while (performance.now() < blockedUntil);
  await until(() => host.state.ticks >= 60);
  const expected = ((performance.now() - began) / 1000) * 500;
  // Never ahead of real time, and never behind by more than what one late wake-up leaves to be made
  // up.
  expect(host.state.ticks).toBeLessThanOrEqual(Math.ceil(expected));
});

test('after a pause, arrivals are handled before the missed ticks', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[peer]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
  const { host, links, rows } = start(EAGER, 200);
  peer.on('data', () => links.message(message('late')));
  await until(() => host.state.ticks >= 1);
  // The message is in the socket and the next ticks are due by the time that the event loop turns
  // again.
  socket.write('x');
  const blockedUntil = performance.now() + 50;
  while (performance.now() < blockedUntil);
  const before = host.state.ticks;
  await until(() => host.state.heard.length > 0 && host.state.ticks > before);
  expect(rows.find(({ event }) => event === 'receive')!.tick).toBe(before);
  socket.destroy();
  server.close();
});

test("after a pause, the program's clock counts the ticks that are still due", async () => {
  const { host } = start(EAGER, 100);
  const now = async () => ((await host.request({ type: 'now' })) as { readonly value: number }).value;
  await until(() => host.state.ticks >= 1);
  const before = await now();
  const began = performance.now();
  while (performance.now() < began + 80);
  const passed = Math.floor((performance.now() - began) / 10);
  const given = host.state.ticks;
  const after = await now();
  expect(after).toBeGreaterThanOrEqual(before + passed);
  // They are given afterwards, and not counted again.
  await until(() => host.state.ticks >= given + passed);
  expect(await now()).toBeGreaterThanOrEqual(after);
  expect(host.state.ticks).toBeLessThanOrEqual(await now());
});

test('eager: what arrives in one turn is one step', async () => {
  const { host, links } = start(EAGER, 1);
  for (const body of ['a', 'b', 'c']) links.message(message(body));
  const answer = await host.request({ type: 'tell', values: ['x'] });
  expect(host.state.heard).toEqual(['m2:a', 'm2:b', 'm2:c']);
  expect(answer).toEqual({ ok: true, value: 1 });
});

test('not eager: only ticks take from the inbox, as many as the policy says', async () => {
  const { host, links, rows } = start(LAZY, 100);
  for (const body of ['a', 'b', 'c']) links.message(message(body));
  await until(() => host.state.heard.length === 3);
  const ticks = rows.filter(({ event }) => event === 'receive').map(({ tick }) => tick!);
  expect(ticks[1]).toBe(ticks[0]! + 1);
  expect(ticks[2]).toBe(ticks[1]! + 1);
});

test('answers and messages leave only when all writes before them are durable', async () => {
  const disk = new SlowDisk();
  const { host, sent } = start(EAGER, 1, disk);
  let answered = false;
  const kept = host.request({ type: 'keep', value: 'v' }).then(() => {
    answered = true;
  });
  const told = host.request({ type: 'tell', values: ['after the write'] });
  await until(() => disk.waiting.length === 1);
  await new Promise(setImmediate);
  expect(answered).toBe(false);
  expect(sent).toEqual([]);
  const { batch, resolve } = disk.waiting[0]!;
  resolve(batch);
  await Promise.all([kept, told]);
  expect(sent.map(({ to, envelope }) => [to, envelope.body])).toEqual([[['m2'], 'after the write']]);
});

test('a disk that fails stops the host, once, with its error', async () => {
  const disk = new SlowDisk();
  const { host, failures } = start(EAGER, 1, disk);
  const kept = host.request({ type: 'keep', value: 'v' });
  await until(() => disk.waiting.length === 1);
  disk.waiting[0]!.reject(new LiveError('DiskFull', 'no space left to write data.mdb'));
  await expect(kept).rejects.toMatchObject({ code: 'DiskFull' });
  await expect(host.request({ type: 'ignore' })).rejects.toMatchObject({ code: 'DiskFull' });
  expect(failures.map(({ code }) => code)).toEqual(['DiskFull']);
});

test('a program that throws stops the host with one clear line', async () => {
  const { host, failures } = start();
  await expect(host.request({ type: 'throw' })).rejects.toMatchObject({ code: 'ProgramFailed' });
  expect(failures.map(({ message }) => message)).toEqual(['echo failed: the program is broken']);
  const { ticks } = host.state;
  // Long enough for another host of the same rate to tick several times.
  const other = start();
  await until(() => other.host.state.ticks >= 5);
  expect(host.state.ticks).toBe(ticks);
});

test('a full inbox refuses requests and drops messages, visibly', async () => {
  const { host, links, rows } = start(LAZY, 0.001);
  const requests = Array.from({ length: 50_000 }, () => host.request({ type: 'ignore' }));
  for (const request of requests) request.catch(() => {});
  await expect(host.request({ type: 'ignore' })).rejects.toMatchObject({ code: 'Overloaded' });
  links.message(message('too much'));
  expect(rows.at(-1)).toMatchObject({
    event: 'drop',
    peer: 'm2',
    message: 'm2-too much',
    detail: 'why=inbox_full',
  });
  await host.stop();
  await expect(requests[0]).rejects.toMatchObject({ code: 'Stopped' });
});

test('a drop caused by a send is logged after its step, so that clocks go up with every row', async () => {
  const { host, links, rows, onSend } = start();
  onSend.push((message) => links.dropped('m2', message, 'unreachable'));
  await host.request({ type: 'tell', values: ['a', 'b'] });
  const written = rows.filter(({ event }) => event === 'send' || event === 'drop');
  expect(written.map(({ event }) => event)).toEqual(['send', 'send', 'drop', 'drop']);
  const clocks = rows.map(({ lamport }) => lamport as number);
  expect(clocks).toEqual([...new Set(clocks)].sort((a, b) => a - b));
});

test('rows are stamped with the real time, and it never runs backwards', async () => {
  const { host, rows } = start();
  await host.request({ type: 'tell', values: ['a', 'b'] });
  await host.stop();
  const times = rows.map(({ timeUs }) => timeUs);
  expect(rows.map(({ event }) => event)).toEqual(expect.arrayContaining(['start', 'send', 'stop']));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(Math.abs(nowUs() / 1000 - Date.now())).toBeLessThan(60_000);
});

test('link events reach the program in order with messages', async () => {
  const { host, links } = start();
  links.link('m2', true);
  links.link('m2', false);
  await until(() => host.state.links.length === 2);
  expect(host.state.links).toEqual(['m2 up', 'm2 down']);
});

test('a peer that joins causes a link event, and messages that never left are reported to the program', async () => {
  const { host, links } = start();
  links.joined('m2');
  links.dropped('m2', 'm1-1', 'unreachable', 'hello');
  // A malformed message of a peer is none of this machine's own.
  links.dropped('m2', undefined, 'malformed');
  links.link('m2', false);
  await until(() => host.state.links.length === 3);
  expect(host.state.links).toEqual(['m2 up', 'm2 never got hello', 'm2 down']);
});

test('the links follow the roster of the program, each once, and not the one that it begins with', async () => {
  let roster: Roster = { version: 0, members: [] };
  const { host, rosters } = start(EAGER, 1, new VolatileDisk(), { roster: () => roster });
  await host.request({ type: 'now' });
  expect(rosters).toEqual([]);
  const later = { version: 3, members: [{ id: 'm2', url: 'http://m2:1', incarnation: 3 }] };
  roster = later;
  await host.request({ type: 'now' });
  await host.request({ type: 'now' });
  // The entry that had it is truncated.
  roster = { version: 0, members: [] };
  await host.request({ type: 'now' });
  expect(rosters).toEqual([later, roster]);
});
