import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeEvents, HEADER } from '../../logs/format/encode.ts';
import type { RowRecord } from '../../logs/format/schema.ts';
import { type ReadProblem, readLog } from '../../logs/reader.ts';
import { listLogs } from '../../logs/segments.ts';
import { LogWriter } from '../../logs/writer.ts';
import type { EventRecord } from '../../vm/event.ts';
import { removeTemporary, temporaryFolder } from './temporary.ts';

afterAll(removeTemporary);

const event = (i: number): EventRecord => ({ timeUs: i, node: 'r1', event: 'internal', lamport: i });

async function readAll(dir: string): Promise<{ events: RowRecord[]; problems: ReadProblem[] }> {
  const events: RowRecord[] = [];
  const problems: ReadProblem[] = [];
  for (const { paths } of listLogs(dir)) {
    for (const path of paths) {
      for await (const record of readLog(path, (problem) => problems.push(problem))) events.push(record);
    }
  }
  return { events, problems };
}

test('rows arrive in order, however they are flushed', async () => {
  const dir = temporaryFolder();
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop' });
  for (let i = 0; i < 1000; i++) writer.write(event(i));
  await writer.flush();
  for (let i = 1000; i < 1010; i++) writer.write(event(i));
  writer.flushSync();
  writer.write(event(1010));
  await writer.close();
  const { events, problems } = await readAll(dir);
  expect(problems).toEqual([]);
  expect(events.map(({ timeUs }) => timeUs)).toEqual(Array.from({ length: 1011 }, (_, i) => i));
});

test('rows reach the disk by themselves a moment later', async () => {
  const dir = temporaryFolder();
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop' });
  const path = join(dir, 'r1.csv');
  const changes = watch(path);
  writer.write(event(1));
  while (statSync(path).size === HEADER.length) await once(changes, 'change');
  changes.close();
  expect(readFileSync(path, 'utf8')).toBe(HEADER + encodeEvents([event(1)]));
  await writer.close();
});

test('rows that a synchronous flush and a write in progress both write are there once', async () => {
  const dir = temporaryFolder();
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop' });
  for (let i = 0; i < 5000; i++) writer.write(event(i));
  const underWay = writer.flush();
  writer.flushSync();
  await underWay;
  await writer.close();
  expect((await readAll(dir)).events.map(({ timeUs }) => timeUs)).toEqual(
    Array.from({ length: 5000 }, (_, i) => i),
  );
});

test('a live log with a disk that is too slow omits rows, reports and counts them', async () => {
  const dir = temporaryFolder();
  const said: string[] = [];
  const onProblem = (line: string) => void said.push(line);
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop', bufferBytes: 10_000, onProblem });
  // The disk gets no turn while this loop runs.
  for (let i = 0; i < 10_000; i++) writer.write(event(i));
  await writer.flush();
  for (let i = 10_000; i < 10_010; i++) writer.write(event(i));
  await writer.close();
  expect(said).toEqual(['log r1.csv: the disk does not keep up; rows may be missing from here on']);
  const { events } = await readAll(dir);
  const gap = events.findIndex((record) => record.event === 'fault');
  expect(events[gap]).toMatchObject({ node: 'r1', kind: 'log' });
  const lost = Number(/^lost_rows=(\d+)$/.exec(events[gap]!.detail!)![1]);
  expect(lost).toBeGreaterThan(5_000);
  expect(events.length - 1 + lost).toBe(10_010);
  expect(events.at(-1)!.timeUs).toBe(10_009);
});

test('rows omitted at the very end are counted too', async () => {
  const dir = temporaryFolder();
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop', bufferBytes: 1, onProblem: () => {} });
  for (let i = 0; i < 512; i++) writer.write(event(i));
  await writer.close();
  const { events } = await readAll(dir);
  expect(events).toHaveLength(2);
  expect(events.at(-1)).toMatchObject({ event: 'fault', detail: 'lost_rows=511' });
});

test('a simulation waits for the disk instead', async () => {
  const dir = temporaryFolder();
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'wait', bufferBytes: 1 });
  for (let i = 0; i < 2000; i++) writer.write(event(i));
  await writer.close();
  expect((await readAll(dir)).events).toHaveLength(2000);
});

test('a restarted machine continues its log, with one header', async () => {
  const dir = temporaryFolder();
  for (let start = 0; start < 3; start++) {
    const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop' });
    writer.write(event(start));
    await writer.close();
  }
  expect(readFileSync(join(dir, 'r1.csv'), 'utf8')).toBe(HEADER + encodeEvents([0, 1, 2].map(event)));
});

test('an incomplete row of a killed process is removed and reported before the log continues', async () => {
  const dir = temporaryFolder();
  const path = join(dir, 'r1.csv');
  writeFileSync(path, `${HEADER}${encodeEvents([event(1)])}2,r1,,,"{""r1${' '.repeat(1000)}`);
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop' });
  writer.write(event(3));
  await writer.close();
  const { events, problems } = await readAll(dir);
  expect(problems).toEqual([]);
  expect(events.map(({ timeUs, detail }) => [timeUs, detail])).toEqual([
    [1, undefined],
    [3, 'lost_rows=1'],
    [3, undefined],
  ]);
});

test('an incomplete header is completed', async () => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'r1.csv'), HEADER.slice(0, 10));
  const writer = new LogWriter({ dir, node: 'r1', whenFull: 'drop' });
  writer.write(event(1));
  await writer.close();
  expect(readFileSync(join(dir, 'r1.csv'), 'utf8')).toBe(HEADER + encodeEvents([event(1)]));
});

test("another file with the log's name is left alone", () => {
  const dir = temporaryFolder();
  const path = join(dir, 'r1.csv');
  writeFileSync(path, 'my precious data\n');
  expect(() => new LogWriter({ dir, node: 'r1', whenFull: 'drop' })).toThrow(
    `${path} exists already and is not a log of this version`,
  );
  expect(readFileSync(path, 'utf8')).toBe('my precious data\n');
});

test('a log that cannot be opened gives one clear line', () => {
  const dir = join(temporaryFolder(), 'nowhere');
  expect(() => new LogWriter({ dir, node: 'r1', whenFull: 'drop' })).toThrow(
    `cannot write ${join(dir, 'r1.csv')}: ENOENT: no such file or directory`,
  );
});

test('a log with a limit stays within it, keeps the newest rows, and is read in order', async () => {
  const dir = temporaryFolder();
  const limitBytes = 400_000;
  const options = { dir, node: 'r1', whenFull: 'drop', limitBytes } as const;
  let next = 0;
  for (let start = 0; start < 2; start++) {
    const writer = new LogWriter(options);
    for (const end = next + 30_000; next < end; next++) writer.write(event(next));
    await writer.close();
  }
  const files = readdirSync(dir);
  expect(files.length).toBeLessThanOrEqual(8);
  expect(files).toContain('r1.csv');
  const size = files.reduce((sum, file) => sum + statSync(join(dir, file)).size, 0);
  expect(size).toBeLessThanOrEqual(limitBytes);
  expect(size).toBeGreaterThan(limitBytes / 2);
  const times = (await readAll(dir)).events.map(({ timeUs }) => timeUs);
  expect(times.at(-1)).toBe(59_999);
  expect(times).toEqual(times.map((_, i) => times[0]! + i));
});

test('a process that ends without closing its log writes it nevertheless', () => {
  const dir = temporaryFolder();
  const script = `
    const { LogWriter } = await import('./logs/writer.ts');
    const writer = new LogWriter({ dir: ${JSON.stringify(dir)}, node: 'r1', whenFull: 'drop' });
    for (let i = 0; i < 3000; i++) writer.write({ timeUs: i, node: 'r1', event: 'internal', lamport: i });
    process.exit(0);
  `;
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  expect(readFileSync(join(dir, 'r1.csv'), 'utf8')).toBe(
    HEADER + encodeEvents(Array.from({ length: 3000 }, (_, i) => event(i))),
  );
});

describe('reading', () => {
  test('an incomplete last row is reported and not read, even if it looks complete', async () => {
    const dir = temporaryFolder();
    const path = join(dir, 'r1.csv');
    for (const torn of ['3,r1,,', '3,r1,,,,internal,,,,,,,,,det', '3,r1,,,"{""r1"":']) {
      writeFileSync(path, HEADER + encodeEvents([event(1), event(2)]) + torn);
      const { events, problems } = await readAll(dir);
      expect(events.map(({ timeUs }) => timeUs)).toEqual([1, 2]);
      expect(problems).toEqual([{ path, line: 4, message: 'torn: the file ends in the middle of a row' }]);
    }
  });

  test('a damaged row is reported with file and line, and affects no other row', async () => {
    const dir = temporaryFolder();
    const path = join(dir, 'r1.csv');
    writeFileSync(path, `${HEADER}${encodeEvents([event(1)])}2,r1,,"{""r\n`);
    appendFileSync(
      path,
      `${encodeEvents([event(3)])}4,r1,,,,dance,,,,,,,,,\n${encodeEvents([event(5)])}6,r1\n`,
    );
    const { events, problems } = await readAll(dir);
    expect(events.map(({ timeUs }) => timeUs)).toEqual([1, 3, 5]);
    expect(problems.map(({ line }) => line)).toEqual([3, 5, 7]);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^not CSV: /),
      'event: "dance" is not an event kind',
      '2 columns instead of 15',
    ]);
  });

  test('a file with other columns is refused by name', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'r1.csv'), 'time,node\n1,r1\n');
    await expect(readAll(dir)).rejects.toThrow(
      `${join(dir, 'r1.csv')}: not a log of schema versions 1 and 2`,
    );
  });

  test('a log too large for one read is read completely', async () => {
    const dir = temporaryFolder();
    const many = Array.from({ length: 20_000 }, (_, i) => event(i));
    writeFileSync(join(dir, 'r1.csv'), HEADER + encodeEvents(many));
    expect((await readAll(dir)).events.map(({ timeUs }) => timeUs)).toEqual(many.map(({ timeUs }) => timeUs));
  });

  test('machines are listed in numeric order', () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'sub'));
    for (const name of ['m10.csv', 'm2.csv', 'm2.10.csv', 'm2.9.csv', 'run.json', 'notes.txt']) {
      writeFileSync(join(dir, name), '');
    }
    expect(listLogs(dir)).toEqual([
      { node: 'm2', paths: ['m2.9.csv', 'm2.10.csv', 'm2.csv'].map((name) => join(dir, name)) },
      { node: 'm10', paths: [join(dir, 'm10.csv')] },
    ]);
  });
});
