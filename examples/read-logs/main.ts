/** Counts the events of a run by machine and kind. */
import { join } from 'node:path';
import { openRun, readLog } from 'tickraft/logs';

const folder = process.argv[2] ?? 'runs/gossip';
for (const { id, ticksPerSecond } of openRun(folder).machines) {
  const counts: Record<string, number> = {};
  let lamport = 0;
  for await (const event of readLog(join(folder, `${id}.csv`), ({ line, message }) =>
    console.error(`${id}.csv:${line}: ${message}`),
  )) {
    counts[event.event] = (counts[event.event] ?? 0) + 1;
    lamport = event.lamport ?? lamport;
  }
  console.log(`${id}: ${ticksPerSecond} ticks a second, Lamport clock ${lamport}`, counts);
}
