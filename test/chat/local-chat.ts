/**
 * The chat's servers over real Raft replicas in this process, and clients that are closed with
 * them.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { ChatClient } from '../../chat/client/client.ts';
import { attachChat } from '../../chat/server/server.ts';
import { commandSchema } from '../../chat/state/commands.ts';
import { chatStateMachine } from '../../chat/state/machine.ts';
import { querySchema } from '../../chat/state/query-shapes.ts';
import { startLocal } from '../../replication/live/start-local.ts';
import { cheapHash, PASSWORD } from './harness.ts';

export async function startLocalChat(replicas: number) {
  const check = {
    command: (value: unknown) => commandSchema.parse(value),
    query: (value: unknown) => querySchema.parse(value),
  };
  const cluster = await startLocal({ machine: chatStateMachine, replicas, check });
  const closing: (() => unknown)[] = [() => cluster.stop()];
  const servers: string[] = [];
  for (const replica of cluster.replicas.values()) {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const io = new Server(http);
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    servers.push(url);
    const addresses = [{ id: replica.status().id, url }];
    attachChat(io, { replication: replica, cluster: () => ({ replicas: addresses }) });
    closing.unshift(() => io.close());
  }
  let clients = 0;

  /** A client of the next server in turn. */
  const client = async (): Promise<ChatClient> => {
    const made = await ChatClient.connect({ servers: [servers[clients++ % servers.length]!] });
    closing.unshift(() => made.close());
    return made;
  };

  return {
    client,
    /** Where the chat is served, and where programs with the cluster's secret are. */
    servers,
    replicas: cluster.addresses.map(({ url }) => url),
    /** A client of a new account, whose password hash costs nothing. */
    async user(name: string): Promise<ChatClient> {
      const leader = await cluster.leader();
      const account = { name, password: cheapHash(), createdAt: 0, version: 2 } as const;
      await leader.submit({ type: 'account.create', ...account });
      const made = await client();
      await made.logIn(name, PASSWORD);
      return made;
    },
    /** The same account on another device. */
    async again(name: string): Promise<ChatClient> {
      const made = await client();
      await made.logIn(name, PASSWORD);
      return made;
    },
    async stop(): Promise<void> {
      for (const close of closing) await close();
    },
  };
}
