/**
 * Random correct runs, classic and Raft with faults, violate nothing, and their numbers are those
 * of a simple computation from the CSV.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { analyzeRun, type RunReport } from '../../analysis/analyze.ts';
import { planRuns, simulateRun } from '../../analysis/clocks/clocks.ts';
import type { RowRecord } from '../../logs/format/schema.ts';
import { readLog } from '../../logs/reader.ts';
import { listLogs } from '../../logs/segments.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';
import { type RecordedRaft, recordRaft } from '../support/recorded-raft.ts';

afterAll(removeTemporary);

/** What each check found, for a message that says which one. */
function outcomes({ checks }: RunReport): Record<string, string> {
  return Object.fromEntries(
    checks.map((check) => [check.name, `${check.outcome} ${check.notes.join('; ')}`]),
  );
}

function violated(report: RunReport): [string, string][] {
  return Object.entries(outcomes(report)).filter(([, outcome]) => outcome.startsWith('violated'));
}

async function raft(options: RecordedRaft): Promise<string> {
  const dir = join(temporaryFolder(), 'run');
  await recordRaft(dir, options);
  return dir;
}

async function classic(seed: number, machines: number, internal: number, seconds: number): Promise<string> {
  const parent = temporaryFolder();
  const [plan] = planRuns({
    machines,
    rates: { low: 1, high: 6 },
    seconds,
    runs: 1,
    die: { internal, sides: 10 },
    seed,
    clock: { stamp: 'after', vector: true },
  });
  await simulateRun(parent, plan!, () => {});
  return join(parent, 'run-1');
}

test('random Raft runs with faults violate nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(),
        machines: fc.constantFrom(3, 4, 5),
        load: fc.constantFrom(0, 1, 4),
        faultEveryUs: fc.constantFrom(300_000, 1_000_000),
        reorderRate: fc.constantFrom(0, 0.05),
      }),
      async (options) => {
        expect(violated(await analyzeRun(await raft({ ...options, events: 6_000, history: true })))).toEqual(
          [],
        );
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);

test('random classic runs violate nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 2, max: 6 }),
      fc.nat(9),
      async (seed, machines, internal) => {
        const report = await analyzeRun(await classic(seed, machines, internal, 60));
        expect(violated(report)).toEqual([]);
        expect(outcomes(report)['vector-clocks']).toMatch(/^holds/);
      },
    ),
    { numRuns: 6 },
  );
}, 120_000);

test('a long Raft run with faults passes every check', async () => {
  const dir = await raft({
    seed: 11,
    machines: 5,
    load: 2,
    faultEveryUs: 300_000,
    events: 25_000,
    history: true,
  });
  const report = await analyzeRun(dir);
  for (const outcome of Object.values(outcomes(report)))
    expect(outcome).toMatch(/^(holds|not-applicable the members do not change)/);
  expect(report.measures.failovers.length).toBeGreaterThan(0);
  await compare(dir, report);
}, 120_000);

test('the numbers of a classic run are those of a simple computation', async () => {
  const dir = await classic(3, 4, 5, 120);
  await compare(dir, await analyzeRun(dir));
}, 60_000);

/** All rows of a run, log after log, as plain objects. */
async function readAll(dir: string): Promise<RowRecord[]> {
  const rows: RowRecord[] = [];
  for (const { paths } of listLogs(dir)) {
    for (const path of paths)
      for await (const row of readLog(path, (problem) => fail(problem.message))) rows.push(row);
  }
  return rows;
}

function fail(message: string): never {
  throw new Error(message);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1];

/** Computes numbers again, in the simplest way, and compares. */
async function compare(dir: string, { measures, events }: RunReport): Promise<void> {
  const rows = await readAll(dir);
  expect(events).toBe(rows.length);
  const nodes = [...new Set(rows.map(({ node }) => node))].filter((node) => node !== 'world');
  const finals = new Map<string, number>();
  for (const { node, lamport } of rows) if (lamport !== undefined) finals.set(node, lamport);
  const highest = Math.max(...finals.values());
  for (const node of nodes) {
    const own = rows.filter((row) => row.node === node);
    const jumps: number[] = [];
    own.forEach((row, i) => {
      if (i > 0 && row.event !== 'start') jumps.push(row.lamport! - own[i - 1]!.lamport!);
    });
    const machine = measures.machines.find((one) => one.node === node)!;
    const gaps = jumps.filter((jump) => jump > 1);
    expect(machine).toMatchObject({
      events: own.length,
      starts: own.filter(({ event }) => event === 'start').length,
      clock: finals.get(node),
      drift: finals.get(node)! - highest,
      maxJump: Math.max(...jumps),
      gaps: gaps.length,
      skipped: gaps.reduce((sum, jump) => sum + jump - 1, 0),
      maxQueue: Math.max(...own.map(({ queue }) => queue!)),
    });
    expect(machine.meanJump).toBeCloseTo(mean(jumps), 9);
    expect(machine.jumpVariance).toBeCloseTo(mean(jumps.map((jump) => (jump - mean(jumps)) ** 2)), 6);
    expect(machine.meanQueue).toBeCloseTo(mean(own.map(({ queue }) => queue!)), 9);
    expect(machine.driftPercent).toBeCloseTo((100 * (finals.get(node)! - highest)) / highest, 9);
    const bars = measures.jumps.filter((bar) => bar.node === node);
    expect(bars.reduce((sum, bar) => sum + bar.events, 0)).toBe(jumps.length);
    for (const { from, to, events } of bars) {
      expect(events).toBe(jumps.filter((jump) => from <= jump && jump <= to).length);
    }
    for (const { event, events } of measures.mix.filter((share) => share.node === node)) {
      expect(events).toBe(own.filter((row) => row.event === event).length);
    }
  }
  for (const { a, b, difference } of measures.drifts)
    expect(difference).toBe(finals.get(a)! - finals.get(b)!);
  compareLinks(rows, measures);
  compareReplication(rows, measures);
}

function compareLinks(rows: readonly RowRecord[], { links }: RunReport['measures']): void {
  for (const { from, to, sent, received, duplicates, lost, pending, p50Us, maxUs } of links) {
    const sends = rows.filter(
      (row) => row.event === 'send' && row.node === from && row.peer!.split(' ').includes(to),
    );
    const receives = rows.filter((row) => row.event === 'receive' && row.node === to && row.peer === from);
    const firsts = new Map<string, number>();
    for (const { message, timeUs } of receives) if (!firsts.has(message!)) firsts.set(message!, timeUs);
    const took = sends.flatMap(({ message, timeUs }) =>
      firsts.has(message!) ? [firsts.get(message!)! - timeUs] : [],
    );
    const latest = sends.findLastIndex(({ message }) => firsts.has(message!));
    expect({ sent, received, duplicates, lost, pending }).toEqual({
      sent: sends.length,
      received: firsts.size,
      duplicates: receives.length - firsts.size,
      lost: latest + 1 - firsts.size,
      pending: sends.length - latest - 1,
    });
    expect({ p50Us, maxUs }).toEqual({ p50Us: median(took), maxUs: Math.max(...took) });
  }
}

function compareReplication(rows: readonly RowRecord[], measures: RunReport['measures']): void {
  const of = (row: RowRecord, key: string) => new RegExp(`(?:^| )${key}=([^ ]*)`).exec(row.detail ?? '')?.[1];
  const startUs = Math.min(...rows.map(({ timeUs }) => timeUs));
  const asked = new Map(rows.filter(({ event }) => event === 'request').map((row) => [of(row, 'id'), row]));
  const answers = rows.filter((row) => row.event === 'respond');
  for (const { kind, requests, succeeded, failed, p50Us } of measures.requests) {
    const own = answers.filter((row) => asked.get(of(row, 'id'))!.kind === kind);
    const good = own.filter((row) => of(row, 'error') === undefined);
    expect({ requests, succeeded, failed }).toEqual({
      requests: [...asked.values()].filter((row) => row.kind === kind).length,
      succeeded: good.length,
      failed: own.length - good.length,
    });
    expect(p50Us ?? undefined).toBe(median(good.map((row) => row.timeUs - asked.get(of(row, 'id'))!.timeUs)));
  }
  const writes = answers.filter((row) => row.index !== undefined && of(row, 'error') === undefined);
  for (const { term, lastUs, tookUs } of measures.failovers) {
    const next = writes
      .filter((row) => row.term! > term && row.timeUs - startUs >= lastUs)
      .map(({ timeUs }) => timeUs);
    expect(tookUs).toBe(next.length === 0 ? null : Math.min(...next) - startUs - lastUs);
  }
  const appends = rows.filter(({ event }) => event === 'append');
  const copies = new Map<number, number>();
  for (const { index, timeUs } of writes) {
    /** Who appended an entry of which term at this index, and when first. */
    const held = new Map<string, Map<string, number>>();
    for (const row of appends) {
      const place = index! - Number(of(row, 'first'));
      if (place < 0 || index! > row.index!) continue;
      const [term = ''] = of(row, 'entries')!.split(',')[place]!.split(':');
      const holders = held.get(term) ?? new Map<string, number>();
      held.set(term, holders.set(row.node, Math.min(row.timeUs, holders.get(row.node) ?? Infinity)));
    }
    // Of an index that was written twice, the entry that most machines have in the end was the
    // committed one.
    const [committed] = [...held.values()].sort((a, b) => b.size - a.size);
    const count = [...committed!.values()].filter((us) => us <= timeUs).length;
    copies.set(count, (copies.get(count) ?? 0) + 1);
  }
  expect(new Map(measures.copies.map((row) => [row.copies, row.writes]))).toEqual(
    new Map([...copies].sort(([a], [b]) => a - b)),
  );
}
