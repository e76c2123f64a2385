/** A counter on three replicas. Its leader is killed, and counting continues. */
import { type StateMachine, startLocal } from 'tickraft';

interface Add {
  readonly type: 'add';
  readonly amount: number;
}

const counter: StateMachine<Add, number, 'value', number> = {
  name: 'counter',
  apply({ amount }, store) {
    const value = Number(store.get('value') ?? 0) + amount;
    store.put('value', value);
    return value;
  },
  query: (_query, store) => Number(store.get('value') ?? 0),
};

const cluster = await startLocal({ machine: counter });
const first = await cluster.leader();
console.log('1 + 1 + 1 =', await addThree(first));
const { id } = first.status();
await cluster.kill(id);
console.log(`${id} led, and was killed`);

const second = await cluster.leader();
console.log(`${second.status().id === id ? 'the same' : 'another'} replica leads`);
console.log('one more =', await second.submit({ type: 'add', amount: 1 }));
console.log('it reads', await second.read('value'));
await cluster.stop();

async function addThree(replica: typeof first): Promise<number> {
  let value = 0;
  for (let i = 0; i < 3; i++) value = await replica.submit({ type: 'add', amount: 1 });
  return value;
}
