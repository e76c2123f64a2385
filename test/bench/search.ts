/** How many states a search generates and tells apart in a second of processor time. */
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { search } from '../../replication/search/search.ts';
import { type Figure, figure, repeat } from './measure.ts';

/** Three Raft machines, and a client whose command is under way. */
const SCENARIO = 'cluster raft 3 seed 7\nrun until leader\nput x 1 as w\n';

/** `states`: how many different ones each repetition goes to. */
export async function searchedStates(states: number, runs: number): Promise<Figure[]> {
  const distinct: number[] = [];
  const generated = await repeat(runs, () => {
    const began = process.cpuUsage();
    const result = search(SCENARIO, {
      bounds: { states },
      newHistory: (guarantees) => new ClientHistory(guarantees),
    });
    const { user, system } = process.cpuUsage(began);
    distinct.push((result.distinct * 1e6) / (user + system));
    return (result.generated * 1e6) / (user + system);
  });
  return [
    figure('search, states generated', 'states/s of one core', generated),
    // The first repetition is not counted.
    figure('search, different states', 'states/s of one core', distinct.slice(1)),
  ];
}
