/**
 * `npm run bench`: measures the simulated host, what the machine itself can do, and the live host, in one run, so that
 * ratios hold whatever else the machine is doing. Prints a table and writes `bench.json` (`--out FILE`). `--short`
 * measures each figure once, briefly: to see that the benchmark itself works.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fdatasyncMs, rawAcknowledgements } from './baseline.ts';
import { startCluster, submits } from './live.ts';
import { environment, type Figure, line } from './measure.ts';
import { classicTicks, raftMessages } from './simulated.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, out: { type: 'string', default: 'bench.json' } },
});
const settings = values.short
  ? { runs: 1, seconds: 0.3, classicSeconds: 1_000, raftSeconds: 10, syncs: 50, callers: [1, 64] }
  : { runs: 5, seconds: 4, classicSeconds: 50_000, raftSeconds: 300, syncs: 1_000, callers: [1, 64, 256] };

const figures: Figure[] = [];

function report(title: string, measured: readonly Figure[]): void {
  if (title !== '') console.log(`\n${title}`);
  for (const one of measured) {
    figures.push(one);
    console.log(line(one));
  }
}

/** A bar, and whether this run cleared it. */
interface Bar {
  readonly name: string;
  readonly value: number;
  readonly bar: string;
  readonly met: boolean;
}

function median(name: string): number {
  return figures.find((one) => one.name === name)!.median;
}

function bars(): Bar[] {
  const ticks = median('classic program, recording off');
  const share =
    median('durable submits, 64 callers, recording off') /
    median('raw Socket.IO acknowledgements, 64 callers');
  const syncs =
    median('durable submits, 1 caller, recording off, p50') / median('fdatasync of 256 bytes, p50');
  return [
    { name: 'classic ticks a second', value: ticks, bar: 'at least 300,000', met: ticks >= 300_000 },
    {
      name: 'durable submits at 64 callers / raw acknowledgements',
      value: share,
      bar: 'at least 0.1',
      met: share >= 0.1,
    },
    { name: 'p50 of one caller / fdatasync', value: syncs, bar: 'under 10', met: syncs < 10 },
  ];
}

const machine = environment();
console.log(
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}`,
);
console.log(
  Object.entries(machine.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
);
console.log('median (lowest to highest)');

for (const record of [false, true]) {
  report(record ? '' : 'Simulated', [
    await classicTicks(record, settings.classicSeconds, settings.runs),
    await raftMessages(record, settings.raftSeconds, settings.runs),
  ]);
}
report('The machine itself', [
  await fdatasyncMs(settings.syncs, settings.runs),
  await rawAcknowledgements(64, settings.seconds, settings.runs),
]);
for (const record of [false, true]) {
  const cluster = await startCluster(record);
  for (const callers of settings.callers) {
    const measured = await submits(
      cluster,
      callers,
      settings.seconds,
      settings.runs,
      `recording ${record ? 'on' : 'off'}`,
    );
    report(
      callers === 1 ? `Live: three replicas on this machine, recording ${record ? 'on' : 'off'}` : '',
      measured,
    );
  }
  cluster.stop();
}

console.log('\nBars');
for (const { name, value, bar, met } of bars()) {
  const shown = value.toLocaleString('en-US', { maximumFractionDigits: 3 });
  console.log(`  ${name.padEnd(58)} ${shown.padStart(12)} (${bar}: ${met ? 'met' : 'missed'})`);
}
const document = { date: new Date().toISOString(), environment: machine, settings, figures, bars: bars() };
writeFileSync(values.out, `${JSON.stringify(document, null, 2)}\n`);
console.log(`\nwritten to ${values.out}`);
process.exit(0);
