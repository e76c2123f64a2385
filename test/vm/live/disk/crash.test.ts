/** A process that is killed in the middle of its writes, again and again, on one directory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { after, recordsIn, reliesOnData } from './crash-load.ts';

const ROUNDS = 12;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickraft-crash-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Lets a process write to `directory` and kills it after so many more lines. Returns the last. */
async function writeUntilKilled(directory: string, lines: number): Promise<number> {
  const script = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let acknowledged = 0;
  let heard = 0;
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line);
    if (++heard === lines) child.kill('SIGKILL');
  }
  const [, signal] = await gone;
  expect(signal).toBe('SIGKILL');
  return acknowledged;
}

test('nothing acknowledged is lost, batches are whole and in order, and data is as of one of them', async () => {
  const directory = join(root, 'data');
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await writeUntilKilled(directory, round * 7);
    const disk = DurableDisk.open(directory, { id: 'm1', cluster: 'test' });
    const last = disk.program.get('last') as number;
    expect(last).toBeGreaterThanOrEqual(acknowledged);
    const whole = after(last);
    expect(recordsIn(disk, 'program')).toEqual(recordsIn(whole, 'program'));
    expect(recordsIn(disk, 'incoming')).toEqual(recordsIn(whole, 'incoming'));
    const applied = disk.data.get('count') as number;
    let needed = last;
    while (needed > 0 && !reliesOnData(needed)) needed--;
    expect(applied).toBeGreaterThanOrEqual(needed);
    expect(applied).toBeLessThanOrEqual(last);
    expect(recordsIn(disk, 'data')).toEqual(recordsIn(after(applied), 'data'));
    // Every other start is after a start that wrote nothing.
    if (round % 2 === 0) await disk.close();
    else await disk.close().then(() => DurableDisk.open(directory, { id: 'm1', cluster: 'test' }).close());
  }
}, 120_000);
