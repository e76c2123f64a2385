/** Catches a planted bug with golden scenarios and with seeds of the campaign. */
import { readdirSync, readFileSync } from 'node:fs';
import { runSeed } from '../../analysis/campaign/run-seed.ts';
import { runScenario } from '../../replication/scenario/scenario.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import { plantBug } from '../support/mutant-raft.ts';
import type { KnownBug } from './known-bug.ts';

/** What caught a bug, and its message. */
export interface Catch {
  /** The first seed of the campaign that fails; undefined if no seed that was tried does. */
  readonly seed?: number | undefined;
  /** The first scenario of the catalogue that fails, if there is one. */
  readonly scenario?: string | undefined;
  /** The message of the failed seed, or else of the scenario: its first line. */
  readonly says: string;
}

/** Catches by the names of the bugs. */
export type Catches = Readonly<Record<string, Catch>>;

const GOLDEN = new URL('../golden/', import.meta.url);
const EXTENSION = '.scenario';

/** All scenarios of the catalogue. */
export function allScenarios(): readonly string[] {
  const files = readdirSync(GOLDEN).filter((file) => file.endsWith(EXTENSION));
  return files.map((file) => file.slice(0, -EXTENSION.length)).sort();
}

/** Tries these seeds and scenarios, in order. Undefined if none fails. */
export async function catchBug(
  bug: KnownBug,
  seeds: Iterable<number>,
  scenarios: readonly string[],
): Promise<Catch | undefined> {
  const { createRaft, Window, dispose } = await plantBug(bug);
  try {
    const raft = simulatedRaft(createRaft, Window);
    let seed: number | undefined;
    let says: string | undefined;
    for (const one of seeds) {
      says = runSeed(raft, one).failure?.message;
      if (says === undefined) continue;
      seed = one;
      break;
    }
    let scenario: string | undefined;
    for (const name of scenarios) {
      const text = readFileSync(new URL(`${name}${EXTENSION}`, GOLDEN), 'utf8');
      const message = runScenario(text, { protocols: { raft } }).failure?.message;
      if (message === undefined) continue;
      scenario = name;
      says ??= message;
      break;
    }
    return says === undefined ? undefined : { seed, scenario, says: says.split('\n', 1)[0]! };
  } finally {
    dispose();
  }
}
