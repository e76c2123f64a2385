/**
 * `npx tsx test/bench/published-histories.ts PORCUPINE KNOSSOS`: compares our verdicts with those
 * known of published histories, and says how long it took. The arguments are clones of
 * github.com/anishathalye/porcupine (its verdicts are in `porcupine_test.go`) and
 * github.com/jepsen-io/knossos (`data/`, by folder); either may be left out as `-`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkHistory } from '../../analysis/history/check-history.ts';
import type { FailedCas } from '../../analysis/history/events.ts';
import { readHistory } from '../../analysis/history/read-history.ts';

/** Of Porcupine's logs `etcd_000` to `etcd_102`, those that are linearizable; 095 is empty. */
const LINEARIZABLE = [
  2, 5, 7, 18, 25, 31, 38, 45, 48, 49, 51, 53, 56, 67, 75, 76, 80, 87, 92, 98, 100, 101, 102,
];
const ETCD_LOGS = 103;
const EMPTY_LOG = 95;
/** Of Knossos' files, the one that holds nothing but a nemesis. */
const EMPTY_FILE = 'mongodb-v0-ack-rollback-.edn';

interface Published {
  readonly file: string;
  readonly expected: 'holds' | 'violated';
  readonly failedCas: FailedCas;
  readonly initial?: string;
}

function ofPorcupine(folder: string): Published[] {
  const logs = Array.from({ length: ETCD_LOGS }, (_, i): Published => {
    const file = join(folder, 'test_data/jepsen', `etcd_${String(i).padStart(3, '0')}.log`);
    return { file, expected: LINEARIZABLE.includes(i) ? 'holds' : 'violated', failedCas: 'mismatch' };
  });
  const maps = ['c01', 'c10', 'c50'].flatMap((name) =>
    (['ok', 'bad'] as const).map((kind): Published => {
      const file = join(folder, 'test_data/kv', `${name}-${kind}.txt`);
      return { file, expected: kind === 'ok' ? 'holds' : 'violated', failedCas: 'nothing', initial: '' };
    }),
  );
  return [...logs.filter((_, i) => i !== EMPTY_LOG), ...maps];
}

function ofKnossos(folder: string): Published[] {
  return (['good', 'bad'] as const).flatMap((kind) => {
    const data = join(folder, 'data/cas-register', kind);
    const files = readdirSync(data).filter(
      (name) => name.endsWith('.edn') && !name.endsWith('analysis.edn') && name !== EMPTY_FILE,
    );
    const expected = kind === 'good' ? 'holds' : 'violated';
    return files.map((name): Published => ({ file: join(data, name), expected, failedCas: 'nothing' }));
  });
}

const [porcupine = '-', knossos = '-'] = process.argv.slice(2);
if (![porcupine, knossos].some((folder) => existsSync(folder))) {
  console.error(
    'name a clone of Porcupine, of Knossos, or both: npx tsx test/bench/published-histories.ts PORCUPINE KNOSSOS',
  );
  process.exit(2);
}
const sets: readonly (readonly [string, readonly Published[]])[] = [
  ['Porcupine', porcupine === '-' ? [] : ofPorcupine(porcupine)],
  ['Knossos', knossos === '-' ? [] : ofKnossos(knossos)],
];
for (const [name, histories] of sets) {
  let ms = 0;
  let agreed = 0;
  for (const { file, expected, failedCas, initial } of histories) {
    const began = performance.now();
    const budget = { ms: 60_000, now: () => performance.now() };
    const settings = { model: undefined, initial, budget };
    const { verdict } = checkHistory(readHistory(file, undefined, { failedCas }), file, settings);
    ms += performance.now() - began;
    if (verdict === expected) agreed++;
    else {
      console.log(`${file}: ${verdict}, but known as ${expected}`);
      process.exitCode = 1;
    }
  }
  if (histories.length > 0)
    console.log(`${name}: ${agreed} of ${histories.length} verdicts agree, ${ms.toFixed(0)} ms`);
}
