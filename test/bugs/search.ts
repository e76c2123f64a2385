/** Finds planted bugs with searches: the shortest story of each. */
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { runScenario } from '../../replication/scenario/scenario.ts';
import { SearchError, search } from '../../replication/search/search.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import { plantBug } from '../support/mutant-raft.ts';
import type { KnownBug } from './known-bug.ts';
import { STARTS, type Start } from './search-starts.ts';

/** What was found when all bugs were last tried, by their names. */
export const SEARCHED = new URL('searched.json', import.meta.url);
export type Searched = Readonly<Record<string, Pick<Story, 'start' | 'choices'>>>;

/** What a search has found of a bug. */
export interface Story {
  /** Where it began, and how many choices led to what is wrong. */
  readonly start: string;
  readonly choices: number;
  readonly says: string;
  readonly scenario: string;
  /** Whether `tickraft sim` says that something is wrong with the same scenario, and what. */
  readonly replay: string | undefined;
  /** Seconds of processor time of the search that found it. */
  readonly seconds: number;
}

/** How far each search goes. */
export interface Limits {
  readonly states: number;
  /** Of processor time, for all searches together. */
  readonly seconds: number;
}

/** Where to search for a bug. */
export function startsFor({ file }: KnownBug): readonly Start[] {
  return STARTS.filter(({ about }) => about.includes(file));
}

/** Searches from these starts in order, until one shows the bug. */
export async function searchBug(
  bug: KnownBug,
  starts: readonly Start[],
  { states, seconds }: Limits,
): Promise<Story | undefined> {
  const { createRaft, Window, dispose } = await plantBug(bug, ...(bug.also ?? []));
  try {
    const protocols = { raft: simulatedRaft(createRaft, Window) };
    const whole = process.cpuUsage();
    for (const { name, text, asks, budget } of starts) {
      const began = process.cpuUsage();
      const isOver = () => used(whole) > seconds;
      if (isOver()) return undefined;
      const story = find(text, {
        protocols,
        asks: asks ?? [],
        budget: budget ?? {},
        bounds: { states, isOver },
      });
      if (story === undefined) continue;
      const { failure } = runScenario(story.scenario, { protocols, history: new ClientHistory() });
      const replay = failure?.message.split('\n', 1)[0];
      return {
        start: name,
        choices: story.length,
        says: story.what,
        scenario: story.scenario,
        replay,
        seconds: used(began),
      };
    }
    return undefined;
  } finally {
    dispose();
  }
}

function find(text: string, options: Parameters<typeof search>[1]) {
  try {
    return search(text, { ...options, newHistory: (guarantees) => new ClientHistory(guarantees) }).story;
  } catch (error) {
    // The scenario itself fails with the bug: that is no story of a search.
    if (error instanceof SearchError) return undefined;
    throw error;
  }
}

function used(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000_000;
}
