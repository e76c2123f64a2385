/** The mesh: who is told of whom, and how often the dead are tried. */
import { createLowestPort } from '../../../replication/lowest-port/lowest-port.ts';
import { keyValueMachine, SimulatedCluster } from '../../../replication/sim/index.ts';
import type { EventRecord } from '../../../vm/index.ts';

const MS = 1_000;

function cluster() {
  const events: EventRecord[] = [];
  const made = new SimulatedCluster(createLowestPort(keyValueMachine), {
    replicas: 3,
    seed: 3,
    record: (event) => events.push(event),
  });
  made.until('a master', () => made.leader === 'n1' && made.haveAgreed());
  return { made, events };
}

test('a newcomer is told whom else to connect to, and copies the state', () => {
  const { made } = cluster();
  made.submit('n2', { type: 'put', key: 'x', value: 1 });
  // A machine that is added knows those that the run began with.
  for (const id of ['n4', 'n5']) made.join(id);
  const peersOf = (node: string) => Object.keys(made.world.node(node).machine.state.program.peers).sort();
  made.until('the mesh', () => peersOf('n5').includes('n4') && peersOf('n4').includes('n5'));
  expect(peersOf('n1')).toEqual(['n2', 'n3', 'n4', 'n5']);
  made.until('the copy', () => made.nodes.every((node) => made.peek(node, { type: 'get', key: 'x' }) === 1));
});

test('a death is told to the rest, and the dead are tried after longer and longer pauses', () => {
  const { made, events } = cluster();
  made.do({ type: 'crash', node: 'n3' });
  events.length = 0;
  made.advance(6_000 * MS);
  expect(events.some(({ event, kind }) => event === 'send' && kind === 'Disconnect')).toBe(true);
  const tries = events.filter(
    ({ event, node, kind, peer }) =>
      event === 'send' && node === 'n1' && kind === 'AddConnect' && peer === 'n3',
  );
  const pauses = tries.slice(1).map(({ timeUs }, i) => timeUs - tries[i]!.timeUs);
  expect(pauses.length).toBeGreaterThan(5);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect(pauses.at(-1)).toBeGreaterThan(8 * pauses[0]!);
  made.do({ type: 'restart', node: 'n3' });
  made.until('its return', () => made.view('n3').role === 'slave');
});

test('one miss makes a server suspect, and it is alive again as soon as it is heard', () => {
  const { made } = cluster();
  const status = () => made.world.node('n1').machine.state.program.peers.n3?.status;
  made.do({ type: 'pause', node: 'n3' });
  made.until('suspicion', () => status() === 'suspect');
  made.do({ type: 'resume', node: 'n3' });
  made.until('a sign of life', () => status() === 'alive');
  expect(made.view('n3').leader).toBe('n1');
});

test('who comes back with a lower id leads only once it has everything', () => {
  const { made, events } = cluster();
  made.do({ type: 'crash', node: 'n1' });
  made.until('another master', () => made.leader === 'n2');
  for (let i = 0; i < 50; i++)
    made.request('n2', { type: 'submit', command: { type: 'append', key: 'x', value: 'y' } });
  events.length = 0;
  made.do({ type: 'restart', node: 'n1' });
  made.until('the lower id', () => made.leaders().length === 1 && made.leader === 'n1' && made.haveAgreed());
  expect(made.peek('n1', { type: 'get', key: 'x' })).toBe('y'.repeat(50));
});
