/**
 * A computer that is paused with all its replicas causes no election: real processes, stopped and
 * continued.
 */
import { ChatClient } from '../../chat/client/client.ts';
import { LiveCluster, until } from '../support/live-cluster.ts';

/**
 * As a laptop or a virtual machine stalls, and once for longer than any timeout, and than links
 * bear silence.
 */
const STALLS_MS = [700, 700, 700, 700, 700, 700, 700, 700, 700, 700, 5_000];

test('all replicas are stopped at once, again and again, and the same one leads in the same term', async () => {
  const cluster = await LiveCluster.start(3);
  try {
    await cluster.settled();
    const client = await ChatClient.connect({ servers: [...cluster.urls.values()] });
    await client.signUp('ada', 'correct horse');
    const before = await until(() => cluster.leader());
    const { term } = (await cluster.status(before))!;
    const pids = (await cluster.statuses()).map(({ pid }) => pid);
    for (const ms of STALLS_MS) {
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      for (const pid of pids) process.kill(pid, 'SIGCONT');
      // A replica that calls an election has done so before this is answered.
      await client.send('ada', `after ${ms} ms`);
      await cluster.settled();
      expect({ ms, leader: await until(() => cluster.leader()) }).toEqual({ ms, leader: before });
    }
    client.close();
    for (const status of await cluster.statuses()) expect(status).toMatchObject({ term, leader: before });
  } finally {
    await cluster.stop();
    cluster.remove();
  }
}, 120_000);
