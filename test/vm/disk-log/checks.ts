/**
 * What must hold of a log, as checks that throw if it does not: of the log itself, and of copies of
 * it with bugs, of which each must be caught by one of them.
 */
import type { LogRecord } from '../../../vm/disk-log/layout.ts';
import {
  CODEC,
  everyCrash,
  expectState,
  IDENTITY,
  LogBench,
  type LogModule,
  load,
  type Point,
  run,
} from './bench.ts';
import { waysToCrash } from './simulated-files.ts';

const put = (key: string, value: string | number): LogRecord => ({ key, value, passing: false });

/** Nothing acknowledged is lost, nothing else is half there, and nothing whole is refused. */
export function survivesEveryCrash(module: LogModule): void {
  for (const seed of [1, 2, 3]) run(new LogBench(module).open(), load(70, seed), everyCrash);
}

/** The same when the next start, too, loses power, or the one write that it makes. */
export function survivesCrashesInARow(module: LogModule): void {
  let ways = 0;
  const again: Point = (bench, allowed) => {
    for (const kept of waysToCrash(bench.files)) {
      // Each first crash is tried elsewhere; of these, a part.
      if (ways++ % 13 > 0) continue;
      const next = bench.copy(bench.files.crash(kept)).open(allowed, everyCrash);
      next.append([put('log/1', 'after'), put('log/9', 'the crash')], everyCrash);
      next.flush(everyCrash);
    }
  };
  run(new LogBench(module).open(), load(50, 4), again);
}

/**
 * What a process finds that another one wrote before it was killed counts only once it is durable.
 */
export function countsWhatItFindsOnceDurable(module: LogModule): void {
  run(new LogBench(module).open(), load(40, 5), (bench, allowed) => {
    const next = bench.copy().open(allowed, everyCrash);
    expectState(next, allowed);
    next.append([put('log/1', 'after')], everyCrash);
  });
}

/** A changed bit is refused wherever it matters, and harms nothing where it does not. */
export function refusesEveryFlippedBit(module: LogModule): void {
  const bench = run(new LogBench(module).open(), load(12, 6));
  bench.append([put('log/1', 'the last but one')]);
  bench.append([put('log/2', `the last, in several sectors: ${'x'.repeat(1_500)}`)]);
  let [refused, whole] = [0, 0];
  for (const name of bench.files.list()) {
    for (let at = 0; at < bench.files.read(name).length; at++) {
      const files = bench.files.clone();
      files.flip(name, at, at % 8);
      const next = bench.copy(files);
      try {
        next.open();
        whole++;
      } catch {
        refused++;
        continue;
      }
      expectState(next, [bench.state]);
    }
  }
  if (refused < 3_000 || whole < 100) throw new Error(`${refused} refused, ${whole} whole`);
}

/** What lies behind its end and belongs to another segment is no group of its own. */
export function ignoresGroupsOfOtherSegments(module: LogModule): void {
  const bench = segments(module);
  const names = bench.files.list();
  const [first, last] = [bench.files.read(names[0]!), bench.files.read(names.at(-1)!)];
  const free = Math.ceil((last.findLastIndex((byte) => byte !== 0) + 1) / 512) * 512 + 512;
  if (free + 512 > last.length) throw new Error('no place for groups of another segment');
  last.set(first.subarray(64, 64 + last.length - free), free);
  bench.files.replace(names.at(-1)!, last);
  expectState(bench.copy().open(), [bench.state]);
}

/** What a database has recorded as durable is not taken for a torn write. */
export function refusesALostEnd(module: LogModule): void {
  const bench = run(new LogBench(module).open(), [[put('a', 1)], [put('b', 2)], 'flush']);
  const name = bench.files.list()[0]!;
  const end = bench.files.read(name).findLastIndex((byte) => byte !== 0);
  for (let at = 64; at <= end; at++) {
    const files = bench.files.clone();
    const bytes = files.read(name).fill(0, at);
    files.replace(name, bytes);
    mustRefuse(bench.copy(files), `an end lost from byte ${at} on`);
  }
}

/** Without any one of its segments a log is refused. */
export function refusesAMissingSegment(module: LogModule): void {
  const bench = segments(module);
  const needed = bench.files.list();
  for (const name of needed) {
    const files = bench.files.clone();
    files.remove(name);
    mustRefuse(bench.copy(files), `no ${name}`);
  }
}

/** What a copy of the same disk has written is not taken for its own. */
export function refusesGroupsOfACopy(module: LogModule): void {
  const bench = run(new LogBench(module).open(), [[put('a', 1)]]);
  const [one, other] = [bench.copy().open(), bench.copy().open()];
  for (const [log, word] of [
    [one, 'one'],
    [other, 'two'],
  ] as const)
    for (const n of [1, 2, 3]) log.append([put('b', `${word} ${n}`)]);
  const name = one.files.list().at(-1)!;
  const [mine, theirs] = [one.files.read(name), other.files.read(name)];
  const group = Math.ceil((24 + 12 + 'b"one 1"'.length) / 8) * 8;
  for (const at of [64, 64 + group]) {
    const mixed = mine.slice();
    mixed.set(theirs.subarray(at, at + group), at);
    const files = one.files.clone();
    files.replace(name, mixed);
    mustRefuse(one.copy(files), `a group of a copy at ${at}`);
  }
}

/** A segment of another disk, or one under another number, is refused. */
export function refusesForeignSegments(module: LogModule): void {
  const bench = segments(module);
  const [first, second] = bench.files.list();
  const files = bench.files.clone();
  files.replace(second!, files.read(first!));
  mustRefuse(bench.copy(files), 'a segment under the number of another');
  const found = module.readLog(
    bench.files,
    IDENTITY.map((byte) => byte + 1),
    bench.database.mark,
    CODEC,
  );
  if (!/another disk/.test(found.problem ?? '')) throw new Error(`of another disk: ${found.problem}`);
}

/** A write that wrote only a part is a failure. */
export function noticesAShortWrite(module: LogModule): void {
  const bench = new LogBench(module).open();
  bench.append([put('a', 1)]);
  bench.files.shortWrite = 10;
  let failed = false;
  try {
    bench.append([put('a', 2)]);
  } catch {
    failed = true;
  }
  if (!failed) throw new Error('a short write was taken for a whole one');
}

/** However much is written, what is kept stays small. */
export function staysSmall(module: LogModule): void {
  const bench = run(new LogBench(module).open(), [[put('base', 'never changed')]]);
  for (let n = 1; n <= 2_000; n++) {
    bench.append([put(`log/${n}`, n), { key: `log/${n - 5}`, value: undefined, passing: false }]);
    if (bench.log.hasUnneeded) bench.flush();
    if (bench.files.list().length > 8) throw new Error(`${bench.files.list().length} files`);
  }
  expectState(bench.copy().open(), [bench.state]);
}

/** A record that is written again does not replace what the same group says of its key. */
export function writesNoOldValueAgain(module: LogModule): void {
  const bench = run(new LogBench(module).open(), [[put('base', 'old')]]);
  for (let n = 1; n <= 1_000; n++) {
    const isWrittenAgain = bench.log.prepare([put('filler', n)]).records.length > 1;
    if (isWrittenAgain) {
      bench.append([put('base', 'new')], everyCrash);
      return;
    }
    bench.append([put('filler', 'x'.repeat(n))]);
  }
  throw new Error('nothing was ever written again');
}

/** A log of many segments, none of which has been dropped; a start has found all of them. */
function segments(module: LogModule): LogBench {
  const acts = load(60, 7).filter((act) => act !== 'flush');
  const bench = run(new LogBench(module).open(), acts).copy().open();
  if (bench.files.list().length < 5) throw new Error('too few segments');
  return bench;
}

function mustRefuse(bench: LogBench, what: string): void {
  try {
    bench.open();
  } catch {
    return;
  }
  throw new Error(`accepted ${what}`);
}
