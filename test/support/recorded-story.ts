/** Stories about simulated clusters, recorded as run folders with the histories of their clients. */
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { StoryRecorder } from '../../analysis/campaign/story-recorder.ts';
import { judged } from '../../analysis/campaign/with-history-check.ts';
import { tickraftHistory } from '../../analysis/history/tickraft-history.ts';
import type { createRaft } from '../../replication/raft/raft.ts';
import { raftSubject } from '../../replication/scenario/protocols.ts';
import { runScenario } from '../../replication/scenario/scenario.ts';

/** Records the story in `text`, told of Raft as `create` makes it, in the new folder `dir`. What failed, if anything did. */
export async function recordStory(
  dir: string,
  text: string,
  create: typeof createRaft,
): Promise<string | undefined> {
  const recorder = new StoryRecorder(dir, 'story');
  const clients = new ClientHistory();
  const registry = {
    raft: (options: Parameters<typeof raftSubject>[1]) => judged(raftSubject(create, options), clients),
  };
  const { failure } = runScenario(text, registry, recorder);
  await recorder.finish(tickraftHistory(clients.operations, null));
  return failure?.message;
}
