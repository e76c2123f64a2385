/** Catches a planted bug with golden scenarios, stories, and seeds of the campaign. */
import { readdirSync, readFileSync } from 'node:fs';
import { runSeed } from '../../analysis/campaign/run-seed.ts';
import { runScenario } from '../../replication/scenario/scenario.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import { plantBug } from '../support/mutant-raft.ts';
import type { KnownBug } from './known-bug.ts';
import { STORIES } from './stories.ts';

/** What caught a bug, and its message. */
export interface Catch {
  /** The first seed of the campaign that fails; undefined if no seed that was tried does. */
  readonly seed?: number | undefined;
  /** The first scenario of the catalogue that fails, if there is one. */
  readonly scenario?: string | undefined;
  /** The first story of `stories.ts` that fails, if there is one. */
  readonly story?: string | undefined;
  /** The message of the failed seed, or else of the scenario or the story: its first line. */
  readonly says: string;
}

/** Catches by the names of the bugs. */
export type Catches = Readonly<Record<string, Catch>>;

const GOLDEN = new URL('../golden/', import.meta.url);
const EXTENSION = '.scenario';

/** All scenarios of the catalogue that are about Raft. */
export function allScenarios(): readonly string[] {
  const files = readdirSync(GOLDEN).filter(
    (file) => file.endsWith(EXTENSION) && /^cluster raft /m.test(readFileSync(new URL(file, GOLDEN), 'utf8')),
  );
  return files.map((file) => file.slice(0, -EXTENSION.length)).sort();
}

/** All stories. */
export function allStories(): readonly string[] {
  return Object.keys(STORIES);
}

/** Tries these seeds, scenarios and stories, in order. Undefined if none fails. */
export async function catchBug(
  bug: KnownBug,
  seeds: Iterable<number>,
  scenarios: readonly string[],
  stories: readonly string[] = [],
): Promise<Catch | undefined> {
  const { createRaft, Window, dispose } = await plantBug(bug, ...(bug.also ?? []));
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
    const story = stories.find((name) => {
      const message = tell(name, createRaft);
      says ??= message;
      return message !== undefined;
    });
    return says === undefined ? undefined : { seed, scenario, story, says: says.split('\n', 1)[0]! };
  } finally {
    dispose();
  }
}

/** What a story says of a copy of Raft; one that cannot be told to its end has failed. */
function tell(name: string, create: Parameters<(typeof STORIES)[string]>[0]): string | undefined {
  try {
    return STORIES[name]!(create);
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
    throw error;
  }
}
