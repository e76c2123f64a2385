/**
 * The chat over the other protocols, with real processes: somebody signs up, logs out and in again,
 * and writes, while one replica after the other is killed and returns.
 */
import { ChatClient } from '../../chat/client/client.ts';
import { LiveCluster, until } from '../support/live-cluster.ts';
import { mailboxAt } from '../support/mailbox.ts';

const PASSWORD = 'correct horse';
const LIMIT = 180_000;

test.each([['primary-backup', '--ack', 'majority'], ['lowest-port'], ['nwr', '--nwr', '3/2/2']])(
  '%s',
  async (protocol, ...flags) => {
    const cluster = await LiveCluster.start(3, '--protocol', protocol, ...flags);
    try {
      const ann = await ChatClient.connect({ servers: [cluster.url('r2')], timeoutMs: LIMIT });
      await ann.signUp('ann', PASSWORD);
      await ann.logOut();
      const bob = await ChatClient.connect({ servers: [cluster.url('r3')], timeoutMs: LIMIT });
      const { token } = await bob.signUp('bob', PASSWORD);
      const texts: string[] = [];
      bob.on('message', ({ text }) => texts.push(text));
      await bob.follow(0);
      await ann.logIn('ann', PASSWORD);
      await ann.send('bob', 'one');
      await until(() => texts.includes('one') || undefined);

      const first = (await cluster.leader())!;
      await cluster.kill(first);
      await ann.send('bob', 'two');
      await until(() => texts.includes('two') || undefined);
      await cluster.restart(first);
      // It has what it missed, and serves.
      expect(await mailboxAt(cluster.url(first), token, 2)).toEqual(['one', 'two']);
      await cluster.kill('r2');
      await ann.send('bob', 'three');
      await until(() => texts.includes('three') || undefined);
      ann.close();
      bob.close();

      const metrics = await (await fetch(`${cluster.url('r3')}/metrics`)).text();
      expect(metrics).toContain(`tickraft_protocol{protocol="${protocol}"} 1`);
      expect((await fetch(`${cluster.url('r3')}/health`)).status).toBe(200);
    } finally {
      await cluster.stop();
      cluster.remove();
    }
  },
  LIMIT,
);
