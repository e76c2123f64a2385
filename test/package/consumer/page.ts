/** A page that runs a simulated cluster: bundled without any shim of Node. */
import { keyValueMachine, simulate } from 'tickraft/sim';

const cluster = simulate({ machine: keyValueMachine, seed: 7 });
const leader = cluster.elect();
cluster.submit(leader, { type: 'put', key: 'x', value: 1 });
cluster.do({ type: 'crash', node: leader });
const next = cluster.elect();
console.log(JSON.stringify({ same: leader === next, x: cluster.read(next, { type: 'get', key: 'x' }) }));
