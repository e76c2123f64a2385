/**
 * `npm run attack`: the long form of the attacks. Half an hour (`--minutes N`) of attacks and
 * faults together. Prints its progress, then one JSON document, and ends with 1 if a promise was
 * broken.
 */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { chaos } from './chaos.ts';

/** Memory that a replica may take at the most, in MiB. */
const MEMORY_MIB = 400;
/** How long a client may wait while a majority is up, in milliseconds. */
const WAIT_MS = 2_000;

const { minutes, out, logs } = new Command('attack')
  .description('attacks a live cluster from outside while its replicas are killed, stopped and paused')
  .option('--minutes <n>', 'how long', positive, 30)
  .option('--out <file>', 'where the figures go as JSON, beside standard output')
  .option('--logs <dir>', "keeps the replicas' event logs there")
  .parse()
  .opts<{ minutes: number; out?: string; logs?: string }>();

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above zero is needed');
  return value;
}

const report = await chaos(minutes * 60, (line) => process.stderr.write(`${line}\n`), logs);
const { kept, ended, memoryMiB, longestWaitMs } = report;
const broken = [
  ...Object.entries(kept).map(([what, count]) => count > 0 && `${count} messages ${what}`),
  ended.length > 0 && `ended by a stranger: ${ended.join(' ')}`,
  memoryMiB > MEMORY_MIB && `${memoryMiB} MiB of memory, more than ${MEMORY_MIB}`,
  longestWaitMs > WAIT_MS && `a wait of ${longestWaitMs} ms while a majority was up, more than ${WAIT_MS}`,
].filter((line) => line !== false);
const text = JSON.stringify({ ...report, broken }, undefined, 2);
if (out !== undefined) writeFileSync(out, `${text}\n`);
process.stdout.write(`${text}\n`);
process.exitCode = broken.length > 0 ? 1 : 0;
