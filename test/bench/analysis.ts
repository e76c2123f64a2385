/**
 * `npm run bench:analysis`: makes a run of ten million events (`--events N`) with faults, once, in
 * a folder that is kept (`--dir DIR`). Measures the time and memory to read it, as a run of our own
 * and as logs of others, and to analyse it with the report; each in its own process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRun } from '../../logs/run-folder.ts';
import { recordRaft } from '../support/recorded-raft.ts';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '10000000' }, dir: { type: 'string' } },
});
const events = Number(values.events);
const dir = values.dir ?? join(tmpdir(), `tickraft-bench-${events}`);

if (!existsSync(join(dir, 'run.json')) || !openRun(dir).finished) {
  rmSync(dir, { recursive: true, force: true });
  console.log(`making ${dir}`);
  await recordRaft(dir, { seed: 1, machines: 5, events, load: 20, faultEveryUs: 20_000_000 });
}
const bytes = readdirSync(dir).reduce((sum, file) => sum + statSync(join(dir, file)).size, 0);
console.log(`${events.toLocaleString('en-US')} events, ${(bytes / 1e9).toFixed(2)} GB of CSV`);

const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url));
/** Says at the end of the process what it used. */
const watch = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, rss: maxRSS * 1024 }));
});`;
const imports = ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(watch)}`];
interface Measured {
  readonly stdout: string;
  readonly seconds: number;
  /** Seconds of processor time, and bytes of memory at most. */
  readonly cpu: number;
  readonly rss: number;
}

function measure(...words: readonly string[]): Measured {
  const start = performance.now();
  const run = spawnSync(process.execPath, [...imports, cli, 'analyze', dir, '--json', ...words], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const seconds = (performance.now() - start) / 1000;
  if (run.status !== 0) throw new Error(run.stderr);
  const used = JSON.parse(run.stderr.slice(run.stderr.lastIndexOf('{'))) as { cpu: number; rss: number };
  return { stdout: run.stdout, seconds, ...used };
}

const costs = ({ seconds, cpu, rss }: Measured) =>
  `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of processor time, ${(rss / 1e9).toFixed(2)} GB of memory at most`;

/** Reads the run and asks it for the number of its rows. */
function reading(how: string, ...flags: readonly string[]): void {
  const read = measure(...flags, '--sql', 'SELECT count(*) AS rows FROM events');
  const [{ rows } = { rows: 0 }] = JSON.parse(read.stdout) as { rows: number }[];
  const rate = Math.round(rows / read.seconds).toLocaleString('en-US');
  console.log(`read as ${how}: ${rate} rows a second (${costs(read)})`);
}

reading('our own');
const columns = [
  'machine=node',
  'clock=lamport',
  'vector',
  'event',
  'peer',
  'message',
  'kind',
  'queue',
  'detail',
];
const mapping = ['time=time_us', ...columns.map((name) => (name.includes('=') ? name : `${name}=${name}`))];
reading('logs of others', '--columns', mapping.join(','), '--time-unit', 'us');

/** The report, beside the run. */
const page = `${dir}.html`;
const analysed = measure('--html', page);
const { runs } = JSON.parse(analysed.stdout) as { runs: { checks: { name: string; outcome: string }[] }[] };
for (const { name, outcome } of runs[0]!.checks) console.log(`  ${outcome.padEnd(12)} ${name}`);
console.log(`${page}: ${(statSync(page).size / 1e6).toFixed(2)} MB`);
console.log(costs(analysed));
process.exit(0);
