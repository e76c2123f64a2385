/**
 * A program of somebody who has installed the package: a state machine of their own, typed from
 * there to every caller.
 */
import { type StateMachine, startLocal, startReplica } from 'tickraft';
import { connectClient } from 'tickraft/client';
import { simulate } from 'tickraft/sim';

type Command = { readonly type: 'bid'; readonly by: string; readonly amount: number };
type Result = { readonly accepted: boolean; readonly highest: number };

const auction: StateMachine<
  Command,
  Result,
  'highest',
  { readonly by: string; readonly amount: number } | null
> = {
  name: 'auction',
  apply({ by, amount }, store) {
    const highest = Number(store.get('amount') ?? 0);
    if (amount <= highest) return { accepted: false, highest };
    store.put('amount', amount);
    store.put('by', by);
    return { accepted: true, highest: amount };
  },
  query(_query, store) {
    const by = store.get('by');
    return typeof by === 'string' ? { by, amount: Number(store.get('amount')) } : null;
  },
};

const cluster = await startLocal({
  machine: auction,
  ...(process.argv[2] === undefined ? {} : { data: process.argv[2] }),
  check: { command: (value) => value as Command, query: () => 'highest' as const },
});
const leader = await cluster.leader();
const first: Result = await leader.submit({ type: 'bid', by: 'ada', amount: 10 });
await cluster.kill(leader.status().id);
const client = await connectClient({ machine: auction, servers: cluster.addresses.map(({ url }) => url) });
const second: Result = await client.submit({ type: 'bid', by: 'grace', amount: 12 });
const low: Result = await (await cluster.leader()).submit({ type: 'bid', by: 'ada', amount: 11 });
const answer = await client.read('highest');
client.close();
await cluster.stop();

const simulated = simulate({ machine: auction, seed: 3 });
const node = simulated.elect();
const third: Result = simulated.submit(node, { type: 'bid', by: 'alan', amount: 1 });
console.log(JSON.stringify({ first, second, low, answer, third, violations: simulated.violations }));

/** Never called: what must not compile. */
export async function wrong(): Promise<void> {
  // @ts-expect-error a command that the machine does not know
  await leader.submit({ type: 'withdraw' });
  // @ts-expect-error an answer is no result
  const accepted: { accepted: boolean } = await leader.read('highest');
  // @ts-expect-error a query that the machine does not know
  await client.read('lowest');
  // @ts-expect-error a result is not a number
  const highest: number = await client.submit({ type: 'bid', by: 'ada', amount: 1 });
  // @ts-expect-error a simulated cluster knows the commands as well
  simulated.submit(node, { type: 'bid', by: 'ada' });
  const replicas = [{ id: 'r1', url: 'http://127.0.0.1:8081' }];
  const replica = await startReplica({ id: 'r1', machine: auction, replicas });
  // @ts-expect-error so does a replica
  await replica.submit(1);
  console.log(accepted, highest);
}
