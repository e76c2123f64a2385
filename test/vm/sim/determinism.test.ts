import { parse } from 'csv-parse/sync';
import { eventLog, openRun } from '../../../analysis/explorer/run/run.ts';
import { brokenRaft, CLASSIC, faultyRaft } from '../../support/runs.ts';
import { look } from '../../support/simulated.ts';

type Row = Record<string, string>;

function rowsOf(csv: string): Row[] {
  return parse(csv, { columns: true }) as Row[];
}

describe('the same seed gives the same log, byte for byte', () => {
  test('of the classic program', () => {
    const log = eventLog(CLASSIC);
    const kinds = new Set(rowsOf(log).map(({ event }) => event));
    expect(kinds).toEqual(new Set(['start', 'internal', 'send', 'receive']));
    expect(eventLog(CLASSIC)).toBe(log);
    expect(eventLog({ ...CLASSIC, seed: CLASSIC.seed + 1 })).not.toBe(log);
  });

  test('of a Raft run with faults', () => {
    const run = faultyRaft();
    const log = eventLog(run);
    const rows = rowsOf(log);
    // The run has what it is meant to have.
    const drops = rows
      .filter(({ event }) => event === 'drop')
      .map(({ detail }) => detail!.split('cause=')[1]);
    expect(new Set(drops)).toEqual(new Set(['blocked', 'loss', 'down']));
    expect(rows.filter(({ event, role }) => event === 'role' && role === 'leader').length).toBeGreaterThan(1);
    expect(rows.filter(({ event }) => event === 'fault')).toHaveLength(9);
    expect(rows.some(({ event, detail }) => event === 'start' && detail === 'boot=2')).toBe(true);
    expect(rows.filter(({ event }) => event === 'respond').length).toBeGreaterThan(2);

    expect(eventLog(faultyRaft())).toBe(log);
    expect(eventLog(faultyRaft(8))).not.toBe(log);
  });

  test('of a Raft run with disk, clock and link faults, whether played or reached by time travel', () => {
    const run = brokenRaft();
    const log = eventLog(run);
    const faults = rowsOf(log).filter(({ event }) => event === 'fault');
    const kinds = new Set(faults.map(({ kind }) => kind));
    const wanted = ['disk', 'clog', 'unclog', 'heal', 'jump', 'rot', 'restart', 'damage', 'repair', 'wipe'];
    expect(kinds).toEqual(new Set(wanted));
    expect(eventLog(brokenRaft())).toBe(log);

    const history = openRun(run);
    const end = look(history.world);
    for (let i = 0; i < 3; i++) history.back();
    history.seek(Math.floor(run.steps / 3));
    history.forward(run.steps - history.world.steps);
    expect(look(history.world)).toEqual(end);
  });

  test('whether played or reached by time travel', () => {
    const run = faultyRaft();
    const events: unknown[] = [];
    openRun(run, { event: (event) => events.push(event) });

    const again: unknown[] = [];
    const history = openRun(run, { event: (event) => again.push(event) });
    const middle = Math.floor(run.steps / 2);
    history.seek(middle);
    const before = again.length;
    history.forward(run.steps - middle);
    const replayed = again.slice(before);
    expect(replayed.length).toBeGreaterThan(1_000);
    expect(replayed).toEqual(events.slice(-replayed.length));
  });
});
