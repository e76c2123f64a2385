/**
 * A process that repairs a damaged directory, keeping what is undamaged, until a number of records
 * of data are copied; there it stops.
 */
import { writeSync } from 'node:fs';
import { repairDirectory } from '../../../../vm/live/disk/damaged-directory.ts';
import type { Value } from '../../../../vm/store.ts';

const [directory, stopAt] = process.argv.slice(2);

function* watched(pairs: Iterable<readonly [string, Value]>): Iterable<readonly [string, Value]> {
  let count = 0;
  for (const pair of pairs) {
    yield pair;
    if (++count < Number(stopAt)) continue;
    writeSync(1, 'here\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}

await repairDirectory(directory!, { id: 'm1', cluster: 'test' }, (found) => {
  const disk = found.disk();
  const { data } = disk;
  const range = data.range.bind(data);
  data.range = (from, to, options) => watched(range(from, to, options));
  return disk;
});
