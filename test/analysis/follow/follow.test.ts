import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { analyzeRun } from '../../../analysis/analyze.ts';
import { changesSince } from '../../../analysis/follow/changes.ts';
import { followRun } from '../../../analysis/follow/follow.ts';
import { screenLines } from '../../../analysis/follow/follow-text.ts';
import { Mirror } from '../../../analysis/follow/mirror.ts';
import { encodeEvents } from '../../../logs/format/encode.ts';
import { finishRun, openRun } from '../../../logs/run-folder.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { type Planted, plantRun } from '../checks/planted.ts';

afterAll(removeTemporary);
afterEach(() => {
  process.exitCode = undefined;
});

const plain = (text: string) => text;
const PLAIN = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain };

const step = (lamport: number) => ({ event: 'internal', lamport }) as const;

function append(dir: string, node: string, ...rows: readonly Planted[]): void {
  const events = rows.map((row, i) => ({ timeUs: 1_000_000 + i, node, ...row }));
  appendFileSync(join(dir, `${node}.csv`), encodeEvents(events));
}

describe('the copy', () => {
  test('has complete rows only, and adds new ones', () => {
    const dir = plantRun({ a: [step(1)], b: [] }, { finished: false });
    const mirror = new Mirror(dir);
    const copied = () => readFileSync(join(mirror.dir, 'a.csv'), 'utf8');
    expect(mirror.update().changed).toBe(true);
    const first = copied();
    appendFileSync(join(dir, 'a.csv'), '2000,a,,2');
    expect(mirror.update().changed).toBe(false);
    expect(copied()).toBe(first);
    appendFileSync(join(dir, 'a.csv'), ',,internal,,,,,,,,,\n3000');
    expect(mirror.update().changed).toBe(true);
    expect(copied()).toBe(`${first}2000,a,,2,,internal,,,,,,,,,\n`);
    mirror.close();
    expect(existsSync(mirror.dir)).toBe(false);
  });

  test('has the client history too, as far as it has been written', async () => {
    const dir = plantRun({ a: [step(1)] }, { finished: false });
    const mirror = new Mirror(dir);
    const outcome = async () => {
      const { checks } = await analyzeRun(mirror.dir);
      return checks.find(({ name }) => name === 'linearizability')!;
    };
    mirror.update();
    expect(await outcome()).toMatchObject({ outcome: 'not-applicable' });
    const told = join(dir, 'history.jsonl');
    writeFileSync(told, '{"type":"history","version":1,"initial":0}\n');
    appendFileSync(told, '{"type":"call","id":"1","client":"c","time_us":1,"op":"read"}\n');
    appendFileSync(told, '{"type":"return","id":"1","time_us":2,"outcome":"ok","value":0}\n{"type":');
    expect(mirror.update().changed).toBe(true);
    expect(await outcome()).toMatchObject({ outcome: 'holds', notes: ['1 operation of 1 client compared'] });
    appendFileSync(told, '"call","id":"2","client":"c","time_us":3,"op":"read"}\n');
    appendFileSync(told, '{"type":"return","id":"2","time_us":4,"outcome":"ok","value":7}\n');
    mirror.update();
    expect(await outcome()).toMatchObject({ outcome: 'violated' });
    mirror.close();
  });

  test('follows logs that are renamed, and drops those that are deleted', () => {
    const dir = plantRun({ 'a.1': [step(1)], a: [step(2)] }, { machines: [], finished: false });
    const mirror = new Mirror(dir);
    mirror.update();
    renameSync(join(dir, 'a.csv'), join(dir, 'a.2.csv'));
    writeFileSync(join(dir, 'a.csv'), readFileSync(join(dir, 'a.1.csv')));
    rmSync(join(dir, 'a.1.csv'));
    append(dir, 'a', step(3));
    expect(mirror.update().changed).toBe(true);
    expect(readdirSync(mirror.dir).sort()).toEqual(['a.2.csv', 'a.csv', 'run.json']);
    for (const name of ['a.2.csv', 'a.csv'])
      expect(readFileSync(join(mirror.dir, name), 'utf8')).toBe(readFileSync(join(dir, name), 'utf8'));
    expect(mirror.update().changed).toBe(false);
    mirror.close();
  });

  test('of an unfinished run is reported as such: rows that are not written yet are not missing', () => {
    const dir = plantRun({ a: [step(1)] }, { finished: false });
    const mirror = new Mirror(dir);
    mirror.update();
    expect(openRun(mirror.dir).startedAt).toBeDefined();
    finishRun(dir);
    mirror.update();
    expect(openRun(mirror.dir).startedAt).toBeUndefined();
    mirror.close();
  });
});

test('a change is printed once', async () => {
  const before = await analyzeRun(plantRun({ a: [step(1), step(2)] }));
  const leader = { event: 'role', role: 'leader', term: 3 } as const;
  const now = await analyzeRun(
    plantRun(
      { a: [step(1), step(2), step(2), { event: 'start', lamport: 3 }, leader], b: [step(1)] },
      { machines: [{ id: 'c' }] },
    ),
  );
  expect(changesSince(undefined, before)).toEqual(['clock-order: holds']);
  expect(changesSince(before, before)).toEqual([]);
  expect(changesSince(before, now)).toEqual([
    'clock-order: violated, 1 case (was: holds)',
    'one-leader-per-term: holds',
    'a leads term 3',
    'a started again',
    'b appears for the first time',
    'c this machine left no rows',
  ]);
});

test('the output fits into the terminal', async () => {
  const report = await analyzeRun(plantRun({ a: [step(1), step(2)] }));
  const changes = Array.from({ length: 50 }, (_, i) => ({
    atSeconds: i,
    text: `change ${i} ${'x'.repeat(100)}`,
  }));
  const lines = screenLines('run', report, changes, { rows: 20, columns: 60 }, PLAIN);
  expect(lines.length).toBeLessThan(20);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(lines).toContain('HOLDS        clock-order      1 step compared');
  expect(lines.find((line) => line.includes('  change'))).toMatch(/^ +49 s {2}change 49 x+$/);
});

/** Collects the output, and waits until it contains a text. */
class Screen extends Writable {
  text = '';
  #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    for (const look of this.#waiting) look();
    done();
  }

  shows(text: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.text.includes(text)) resolve();
      };
      this.#waiting.push(look);
      look();
    });
  }
}

test('verdicts are kept up to date until the run is finished', async () => {
  const dir = plantRun({ a: [step(1), step(2)] }, { finished: false });
  const screen = new Screen();
  const following = followRun(dir, screen as unknown as NodeJS.WriteStream);
  await screen.shows('clock-order: holds');
  append(dir, 'a', step(1));
  await screen.shows('clock-order: violated, 1 case (was: holds)');
  finishRun(dir);
  await following;
  expect(screen.text.endsWith(`${dir} is finished\n`)).toBe(true);
  expect(process.exitCode).toBe(1);
}, 60_000);

test('a run that is deleted ends it with one line', async () => {
  const dir = plantRun({ a: [step(1)] }, { finished: false });
  const screen = new Screen();
  const following = followRun(dir, screen as unknown as NodeJS.WriteStream);
  rmSync(dir, { recursive: true });
  await expect(following).rejects.toThrow(`${dir} is not a run folder`);
}, 60_000);
