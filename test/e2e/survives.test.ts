/**
 * The main promise of the project, with real processes: the chat survives the loss of any two of
 * its five servers.
 */
import { ChatClient } from '../../chat/client/client.ts';
import { LiveCluster, tickraft, until } from '../support/live-cluster.ts';
import { mailboxAt } from '../support/mailbox.ts';
import { MessageStream } from '../support/message-stream.ts';

test('five replicas lose two leaders in a row, three times, and keep every message once and in order', async () => {
  const cluster = await LiveCluster.start(5);
  try {
    const servers = [...cluster.urls.values()];
    const stream = await MessageStream.start(servers);
    const { token } = stream;
    const grace = await ChatClient.connect({ servers: [...servers].reverse() });
    await grace.logIn('grace', 'battery staple');
    const received: string[] = [];
    grace.on('message', ({ text }) => received.push(text));
    await grace.follow(0);

    await stream.more(20);
    const killed = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const first = await until(() => cluster.leader());
      await cluster.kill(first);
      await stream.more(20);
      const second = await until(() => cluster.leader());
      expect(second).not.toBe(first);
      await cluster.kill(second);
      killed.add(first).add(second);
      await stream.more(20);
      expect(await cluster.statuses()).toHaveLength(3);
      await cluster.restart(first);
      await cluster.restart(second);
      await stream.more(20);
    }
    await stream.stop();
    await cluster.settled();

    const sent = stream.acknowledged;
    for (const url of servers) expect(await mailboxAt(url, token, sent.length)).toEqual(sent);
    await until(() => (received.length >= sent.length ? true : undefined));
    expect(received).toEqual(sent);

    grace.close();
    // It ends by itself once none is left of those that it started.
    expect(await cluster.stop()).toBe(killed.size === 5 ? 1 : 0);

    const { code, stdout } = await tickraft('analyze', cluster.logs, '--json');
    expect({ code, stdout: JSON.parse(stdout) }).toMatchObject({ code: 0 });
  } finally {
    await cluster.stop();
    cluster.remove();
  }
}, 180_000);
