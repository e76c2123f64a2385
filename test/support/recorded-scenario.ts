/** Scenarios about simulated clusters, recorded as run folders with the client histories. */
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { RunFolderRecorder } from '../../analysis/campaign/run-folder-recorder.ts';
import { tickraftHistory } from '../../analysis/history/tickraft-history.ts';
import type { createRaft } from '../../replication/raft/raft.ts';
import { runScenario } from '../../replication/scenario/scenario.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';

/**
 * Records the scenario in `text`, with the Raft that `create` makes, in the new folder `dir`.
 * Returns what failed, if anything did.
 */
export async function recordScenario(
  dir: string,
  text: string,
  create: typeof createRaft,
): Promise<string | undefined> {
  const recorder = new RunFolderRecorder(dir, 'scenario');
  const clients = new ClientHistory();
  const protocols = { raft: simulatedRaft(create) };
  const { failure } = runScenario(text, { protocols, recorder, history: clients });
  await recorder.finish(tickraftHistory(clients.operations, null));
  return failure?.message;
}
