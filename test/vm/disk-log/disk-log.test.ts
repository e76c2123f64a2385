/**
 * The log on files that lose, tear and reorder what was not synced, and on files that are damaged.
 */
import { DiskLog } from '../../../vm/disk-log/disk-log.ts';
import { perform } from '../../../vm/disk-log/files.ts';
import { readLog } from '../../../vm/disk-log/read-log.ts';
import { CODEC, IDENTITY, LogBench } from './bench.ts';
import * as checks from './checks.ts';

const module = { DiskLog, readLog, perform };

test('survives a crash at every step, whatever of the last write is there afterwards', () => {
  checks.survivesEveryCrash(module);
});

test('survives crashes in a row, in the middle of a start too', () => {
  checks.survivesCrashesInARow(module);
});

test('what a killed process has written counts once it is durable', () => {
  checks.countsWhatItFindsOnceDurable(module);
});

test('a flipped bit is refused, or does not matter', () => {
  checks.refusesEveryFlippedBit(module);
});

test('what was recorded as durable is never taken for a torn write', () => {
  checks.refusesALostEnd(module);
});

test('is refused without any one of its segments', () => {
  checks.refusesAMissingSegment(module);
});

test('does not take what a copy of its disk has written for its own', () => {
  checks.refusesGroupsOfACopy(module);
});

test('does not take segments of another disk, or under a wrong number', () => {
  checks.refusesForeignSegments(module);
});

test('groups of another segment do not count', () => {
  checks.ignoresGroupsOfOtherSegments(module);
});

test('a short write is a failure', () => {
  checks.noticesAShortWrite(module);
});

test('what is superseded is dropped, and what is not is written again', () => {
  checks.staysSmall(module);
});

test('no old value is written again over a new one', () => {
  checks.writesNoOldValueAgain(module);
});

test('of a damaged group the damaged records are named, and the others can be read', () => {
  const bench = new LogBench(module).open();
  const put = (key: string, value: string) => ({ key, value, passing: false });
  bench.append([put('a', 'whole'), put('b', 'needle'), put('c', 'whole')]);
  bench.append([put('d', 'whole')]);
  const [name] = bench.files.list();
  const at = new TextDecoder('latin1').decode(bench.files.read(name!)).indexOf('needle');
  bench.files.flip(name!, at, 0);
  const { damaged, problem, live } = readLog(bench.files, IDENTITY, bench.database.mark, CODEC);
  expect({ damaged, problem }).toEqual({ damaged: ['b'], problem: undefined });
  expect([...live].map(([key]) => key)).toEqual(['a', 'c', 'd']);
});
