/**
 * A log and the database that it leads to, on files that lose power: all that a live disk does with
 * them, one step at a time.
 */
import { crc32 } from 'node:zlib';
import type { DiskLog } from '../../../vm/disk-log/disk-log.ts';
import type { FileStep, perform } from '../../../vm/disk-log/files.ts';
import type { Codec, LogRecord } from '../../../vm/disk-log/layout.ts';
import type { readLog } from '../../../vm/disk-log/read-log.ts';
import { type Mark, NEW_LOG } from '../../../vm/disk-log/segment.ts';
import type { Value } from '../../../vm/store.ts';
import { SimulatedFiles, waysToCrash } from './simulated-files.ts';

/** The log, or a copy of it with a bug. */
export interface LogModule {
  readonly DiskLog: typeof DiskLog;
  readonly readLog: typeof readLog;
  readonly perform: typeof perform;
}

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
export const CODEC: Codec = {
  crc32,
  encode: (text) => encoder.encode(text),
  decode: (bytes) => decoder.decode(bytes),
};
export const IDENTITY = new Uint8Array(16).fill(7);
const SEGMENT_BYTES = 4_096;

/** Called where power may be lost: the machine as it is, and what it may have after a crash. */
export type Point = (bench: LogBench, allowed: readonly string[]) => void;

/** What a database has durably, apart from its log. */
interface Database {
  readonly mark: Mark;
  readonly data: ReadonlyMap<string, Value>;
}

export class LogBench {
  readonly module: LogModule;
  readonly files: SimulatedFiles;
  database: Database;
  /** What has passed through the log and is not in the database yet. */
  #passed: LogRecord[] = [];
  log!: DiskLog;

  constructor(
    module: LogModule,
    files = new SimulatedFiles(),
    database: Database = { mark: NEW_LOG, data: new Map() },
  ) {
    this.module = module;
    this.files = files;
    this.database = database;
  }

  /** Starts as a process does. Throws if what is there is refused. */
  open(allowed: readonly string[] = [], point: Point = () => {}): this {
    const found = this.module.readLog(this.files, IDENTITY, this.database.mark, CODEC);
    if (found.damaged.length > 0) throw new Error(`damaged: ${found.damaged.join(' ')}`);
    if (found.problem !== undefined) throw new Error(found.problem);
    for (const step of found.recovery) this.#perform(step, () => point(this, allowed));
    this.#passed = [...found.passing];
    this.#bringAfter({ first: this.database.mark.first, applied: found.sequence });
    this.log = new this.module.DiskLog(IDENTITY, SEGMENT_BYTES, CODEC, found);
    const allowedNow = [this.state];
    point(this, allowedNow);
    for (const step of found.cleanup) this.#perform(step, () => point(this, allowedNow));
    return this;
  }

  /** Makes records durable, and lets power be lost before, between and after the steps. */
  append(records: readonly LogRecord[], point: Point = () => {}): void {
    const before = this.state;
    const after = stateOf(applied(this.#all, records));
    const group = this.log.prepare(records);
    point(this, [before]);
    for (const step of group.steps) this.#perform(step, () => point(this, [before, after]));
    this.log.appended(group);
    this.#passed.push(...records.filter(({ passing }) => passing));
    point(this, [after]);
  }

  /** Brings the database after the log, and drops what is not needed then. */
  flush(point: Point = () => {}): void {
    const { mark } = this.log;
    this.#bringAfter(mark);
    point(this, [this.state]);
    const steps = this.log.drop(mark.first);
    const spare = this.log.hasSpare ? [] : this.log.spareSteps();
    for (const step of [...steps, ...spare]) this.#perform(step, () => point(this, [this.state]));
    if (spare.length > 0) this.log.spareMade();
  }

  /** All records, and their values. */
  get state(): string {
    return stateOf(this.#all);
  }

  get #all(): Map<string, Value> {
    return applied(new Map([...this.database.data, ...this.log.records]), this.#passed);
  }

  /** The same after a loss of power, or (undefined) after the process was killed. */
  copy(crashed: SimulatedFiles = this.files.clone()): LogBench {
    return new LogBench(this.module, crashed, this.database);
  }

  #bringAfter(mark: Mark): void {
    this.database = { mark, data: applied(new Map(this.database.data), this.#passed) };
    this.#passed = [];
  }

  #perform(step: FileStep, then: () => void): void {
    this.module.perform(step, this.files);
    then();
  }
}

function applied(to: Map<string, Value>, records: readonly LogRecord[]): Map<string, Value> {
  for (const { key, value } of records) {
    if (value === undefined) to.delete(key);
    else to.set(key, value);
  }
  return to;
}

function stateOf(records: ReadonlyMap<string, Value>): string {
  return JSON.stringify([...records].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Starts again after each way to crash, and demands one of the allowed states. */
export const everyCrash: Point = (bench, allowed) => {
  for (const kept of waysToCrash(bench.files))
    expectState(bench.copy(bench.files.crash(kept)).open(), allowed);
};

export function expectState(bench: LogBench, allowed: readonly string[]): void {
  if (!allowed.includes(bench.state)) throw new Error(`${bench.state} is none of\n${allowed.join('\n')}`);
}

/** Of a load: records that become durable together, or a flush. */
export type Act = readonly LogRecord[] | 'flush';

/**
 * A load whose records are put, replaced, deleted and passed through, of all lengths, in more
 * segments than are ever kept.
 */
export function load(acts: number, seed: number): Act[] {
  let state = seed;
  const draw = (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
  const rare = ['term', 'base'];
  return Array.from({ length: acts }, (_, act): Act => {
    if (draw(8) === 0) return 'flush';
    const keys = new Set(Array.from({ length: 1 + draw(3) }, () => `log/${draw(6)}`));
    if (act % 20 === 3) keys.add(rare[draw(2)]!);
    const kept = [...keys].map((key) => {
      const value = draw(4) === 0 ? undefined : `${act} ${'x'.repeat(draw(700))}`;
      return { key, value, passing: false };
    });
    if (draw(3) > 0) return kept;
    return [...kept, { key: `data/${draw(3)}`, value: draw(5) === 0 ? undefined : act, passing: true }];
  });
}

/** Does all acts of a load. */
export function run(bench: LogBench, acts: readonly Act[], point?: Point): LogBench {
  for (const act of acts) {
    if (act === 'flush') bench.flush(point);
    else bench.append(act, point);
  }
  return bench;
}
