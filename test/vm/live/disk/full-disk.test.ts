/** A full disk: writes wait, in order, and continue when there is space. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LiveError } from '../../../../vm/errors.ts';
import type { EventRecord } from '../../../../vm/event.ts';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { LiveHost } from '../../../../vm/live/host.ts';
import type { LinkEvents } from '../../../../vm/live/peer-link.ts';
import { applyWrite, type Write } from '../../../../vm/store.ts';
import { noSmallDisk, onSmallDisk } from '../../../support/small-disk.ts';
import { echo } from '../echo.ts';

const owner = { id: 'm1', cluster: 'test' };
const MIB = 2 ** 20;
let root: string;
let free: number;
let onAsked: () => void;
const fileSystem = {
  freeBytes() {
    onAsked();
    return free;
  },
};

/** Waits until the disk has asked how much space there is, which a full one does every second. */
function spaceAsked(): Promise<void> {
  return new Promise((resolve) => {
    onAsked = resolve;
  });
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-full-'));
  free = 100 * MIB;
  onAsked = () => {};
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function open(): DurableDisk {
  return DurableDisk.open(root, owner, { fileSystem });
}

function write(disk: DurableDisk, batch: number, key: string): Promise<number> {
  const writes: Write[] = [{ space: 'program', key, value: batch }];
  for (const one of writes) applyWrite(disk, one);
  return disk.persist(batch, writes);
}

test('writes to a full disk wait in order, are visible meanwhile, and become durable once there is space', async () => {
  const disk = open();
  const lines: string[] = [];
  const filled = new Promise<void>((resolve) => {
    disk.onSpaceChange(({ full, line }) => {
      lines.push(line);
      if (full) resolve();
    });
  });
  await write(disk, 1, 'a');
  free = 3 * MIB;
  const ended: number[] = [];
  const waiting = [2, 3, 4].map((batch) => write(disk, batch, 'a').then((durable) => ended.push(durable)));
  await filled;
  expect([disk.isFull, disk.unwritten > 0, disk.program.get('a')]).toEqual([true, true, 4]);
  const late = write(disk, 5, 'b');
  expect(ended).toEqual([]);
  // A little space is not enough for a disk that was full.
  free = 5 * MIB;
  await spaceAsked();
  expect([disk.isFull, ended]).toEqual([true, []]);
  free = 50 * MIB;
  await Promise.all([...waiting, late]);
  expect(ended).toEqual([4, 4, 4]);
  expect([disk.isFull, disk.unwritten]).toEqual([false, 0]);
  const file = join(root, 'data.mdb');
  expect(lines).toEqual([
    `disk full: 3.0 MiB free to write ${file}; nothing is acknowledged until 8.0 MiB are free`,
    `there is space again for ${file}: writing goes on`,
  ]);
  await disk.close();
  const again = open();
  expect([again.program.get('a'), again.program.get('b')]).toEqual([4, 5]);
  await again.close();
});

test('a full disk can be closed and opened: waiting writes are lost, all else is there', async () => {
  const disk = open();
  await write(disk, 1, 'kept');
  free = 0;
  const lost = write(disk, 2, 'lost').catch((error: LiveError) => error);
  await new Promise(setImmediate);
  await disk.close();
  expect(await lost).toMatchObject({ code: 'DiskFull', message: expect.stringContaining(root) });
  const again = open();
  expect([again.program.get('kept'), again.program.get('lost')]).toEqual([1, undefined]);
  await again.close();
});

test('a host with a full disk says so, refuses requests, answers none, uses bounded memory, and recovers', async () => {
  const rows: EventRecord[] = [];
  const notices: string[] = [];
  const sent: string[] = [];
  let hear = () => {};
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  let links!: LinkEvents<string>;
  const disk = open();
  const program = echo();
  const host = new LiveHost({
    program: {
      ...program,
      // Each message is written down and answered.
      onMessage(state, envelope, ctx) {
        program.onMessage(state, envelope, ctx);
        ctx.disk.put(envelope.id, envelope.body);
        ctx.send(envelope.from, 'kept');
      },
    },
    self: 'm1',
    peers: ['m2'],
    disk,
    rate: 1000,
    seed: 1,
    clock: { stamp: 'after', vector: false },
    record: (event) => void rows.push(event),
    onFailure(error) {
      throw error;
    },
    onNotice: (line) => void notices.push(line),
    connect(events) {
      links = events;
      return {
        send(_, envelope) {
          sent.push(envelope.body);
          // All that leaves in one step is sent before this is seen.
          hear();
        },
        identify: () => {},
        follow: () => {},
        close: async () => {},
      };
    },
  });
  const message = (n: number) => ({ id: `m2-${n}`, from: 'm2', lamport: n, body: 'x' });
  free = 0;
  const pending = host.request({ type: 'keep', value: 'x' }).catch((error: LiveError) => error.code);
  expect(await pending).toBe('Interrupted');
  await expect(host.request({ type: 'keep', value: 'y' })).rejects.toMatchObject({ code: 'DiskFull' });
  expect(notices).toEqual([expect.stringMatching(/^disk full: 0[.]0 MiB free to write .*data[.]mdb/)]);
  const faults = () => rows.filter(({ event }) => event === 'fault').map(({ kind }) => kind);
  expect(faults()).toEqual(['disk-full']);

  // The bound is on writes and held messages together; each message makes one of each.
  for (let n = 1; n <= 40_000; n++) {
    links.message(message(n));
    if (n % 1_000 === 0) await new Promise(setImmediate);
  }
  const dropped = () => rows.filter(({ event }) => event === 'drop').length;
  expect(dropped()).toBeGreaterThan(30_000);
  expect(disk.unwritten).toBeLessThan(7_000);
  expect(sent).toEqual([]);
  const stoodAt = host.state.ticks;
  await spaceAsked();
  await spaceAsked();
  expect(host.state.ticks).toBe(stoodAt);

  free = 100 * MIB;
  await heard;
  expect(sent).toHaveLength(40_000 - dropped());
  expect(faults()).toEqual(['disk-full', 'disk-free']);
  expect(await host.request({ type: 'keep', value: 'z' })).toMatchObject({ ok: true });
  await host.stop();
});

const refused = noSmallDisk();
const onRealDisk = refused === undefined ? test.each : test.skip.each;
onRealDisk([
  ['fills up', ''],
  ['another program fills first, so that the log meets its end', 'raced'],
])(
  `a real file system that %s${refused === undefined ? '' : ` (skipped: ${refused})`}`,
  (_, raced) => {
    const script = fileURLToPath(new URL('./full-disk-writer.ts', import.meta.url));
    const command = `exec "${process.execPath}" --import tsx "${script}" "${root}" ${raced}`;
    const run = spawnSync(...onSmallDisk(root, 64, command), { encoding: 'utf8' });
    expect({ status: run.status, said: run.stdout, complaints: run.stderr }).toEqual({
      status: 0,
      complaints: '',
      said: `${JSON.stringify({ full: true, goesOn: true, acknowledged: [1, 2, 3, 4, 5], whole: true })}\n`,
    });
  },
  60_000,
);
