/**
 * Faults of the machines of a simulated world, and their repair: processes, disks, clocks and
 * links.
 */
import type { NodeId } from '../clock.ts';
import type { Effect, Program } from '../program.ts';
import type { RandomState } from '../random.ts';
import type { Fault, MessageFault } from './actions.ts';
import { setDrift, setRate } from './clocks.ts';
import type { Unsynced } from './disk.ts';
import { changeNetwork, linkName, type NetworkState } from './network.ts';
import type { Arrival, SimNode } from './node.ts';
import { recordName } from './record-name.ts';

/** A repair that was not made. The message says why, in a line; nothing has changed. */
export class RepairRefused extends Error {
  override readonly name = 'RepairRefused';
}

/** What can be seen of a world. */
interface World<S, M, Q> {
  readonly program: Program<S, M, Q>;
  /** Virtual microseconds since the start. */
  readonly now: number;
  readonly network: NetworkState<M>;
  readonly nodes: ReadonlyMap<NodeId, SimNode<S, M, Q>>;
  /** Messages on their way. */
  readonly inFlight: readonly Arrival<M>[];
  /** Throws a RangeError for a machine that does not exist. */
  node(node: NodeId): SimNode<S, M, Q>;
}

/** The inside of a world, for the functions that carry out faults. */
export interface Inside<S, M, Q> {
  readonly world: World<S, M, Q>;
  readonly random: RandomState;
  /** Restarts a machine from what is on its disk. */
  boot(simNode: SimNode<S, M, Q>): void;
  /** Carries a machine's effects out into the world. */
  carry(simNode: SimNode<S, M, Q>, effects: readonly Effect<M>[]): void;
  /** A sync ends after so many virtual microseconds. */
  syncAfter(simNode: SimNode<S, M, Q>, us: number): void;
  /** Messages that were kept back arrive now. */
  arrive(arrivals: readonly Arrival<M>[]): void;
  /** Others are on their way in place of a message. */
  replace(arrival: Arrival<M>, others: readonly Arrival<M>[]): void;
  /** Of something new on the agenda: after all that is due at the same instant. */
  nextOrder(): number;
  /** Reports that a message was lost. */
  lost(arrival: Arrival<M>): void;
  /** Records an event that no machine saw. */
  witness(kind: string, fields: object): void;
}

/**
 * Carries out a fault. Throws a RangeError for a machine that does not exist, and a
 * `RepairRefused`; then nothing has happened.
 */
export function inject<S, M, Q>(inside: Inside<S, M, Q>, fault: Fault): void {
  const { world } = inside;
  if ('order' in fault) {
    interfere(inside, fault);
    return;
  }
  if (!('node' in fault)) {
    record(inside, fault, {});
    inside.arrive(changeNetwork(world.network, fault));
    return;
  }
  const simNode = world.node(fault.node);
  // The result of these is known, and recorded, only afterwards.
  if (fault.type === 'rot') {
    record(inside, fault, { record: simNode.disk.rot(inside.random, fault.record) ?? null });
    return;
  }
  if (fault.type === 'repair') {
    record(inside, fault, { done: repair(inside, simNode, fault.way) });
    return;
  }
  record(inside, fault, {});
  injectInto(inside, simNode, fault);
}

/** Does something to one message on its way. */
function interfere<S, M, Q>(inside: Inside<S, M, Q>, fault: MessageFault): void {
  const { world } = inside;
  const arrival = world.inFlight.find(({ order }) => order === fault.order);
  if (arrival === undefined) throw new RangeError(`no message ${fault.order} is on its way`);
  const { envelope, node } = arrival;
  const { program } = world.node(node).machine.state;
  if (fault.type === 'edit' && world.program.isMessage?.(fault.body, program) === false) {
    throw new RangeError(`${node} could not read such a message`);
  }
  inside.witness(fault.type, {
    ...(fault.type === 'delay' ? { us: fault.us } : {}),
    ...{ message: envelope.id, from: envelope.from, to: node },
  });
  inside.replace(arrival, inPlaceOf(inside, arrival, fault));
  if (fault.type === 'lose') inside.lost(arrival);
}

/** What is on its way in place of a message to which something is done. */
function inPlaceOf<S, M, Q>(
  { world, nextOrder }: Inside<S, M, Q>,
  arrival: Arrival<M>,
  fault: MessageFault,
): readonly Arrival<M>[] {
  switch (fault.type) {
    case 'lose':
      return [];
    case 'duplicate':
      return [arrival, { ...arrival, order: nextOrder(), isOnly: false }];
    case 'delay':
      return [{ ...arrival, at: arrival.at + fault.us }];
    case 'hasten':
      return [{ ...arrival, at: world.now }];
    case 'edit':
      return [{ ...arrival, envelope: { ...arrival.envelope, body: fault.body as M } }];
  }
}

/** Records a fault, with its result. */
function record<S, M, Q>(inside: Inside<S, M, Q>, { type, ...fields }: Fault, outcome: object): void {
  inside.witness(type, { ...fields, ...outcome });
}

function injectInto<S, M, Q>(
  inside: Inside<S, M, Q>,
  simNode: SimNode<S, M, Q>,
  fault: Exclude<Extract<Fault, { node: NodeId }>, { type: 'rot' | 'repair' }>,
): void {
  const { world, random } = inside;
  switch (fault.type) {
    case 'crash':
      crash(inside, simNode, fault.unsynced);
      break;
    case 'restart':
      restart(inside, simNode);
      break;
    case 'pause':
    case 'resume':
      pause(inside, simNode, fault.type === 'pause');
      break;
    case 'wipe':
      crash(inside, simNode, 'lost');
      simNode.disk.wipe();
      break;
    case 'disk': {
      const us = simNode.disk.change(fault.settings, random);
      if (us !== undefined) inside.syncAfter(simNode, us);
      break;
    }
    case 'rate':
      setRate(simNode, world.now, fault.ticksPerSecond);
      break;
    case 'drift':
      setDrift(simNode, world.now, fault.perSecond, simNode.firstRate);
      break;
    case 'jump':
      jump(inside, simNode, fault.ticks);
      break;
  }
}

/** Power off: the program is gone, and of the unsynced writes some or all. */
function crash<S, M, Q>(inside: Inside<S, M, Q>, simNode: SimNode<S, M, Q>, unsynced?: Unsynced): void {
  if (simNode.status === 'down') return;
  simNode.status = 'down';
  simNode.disk.crash(inside.random, unsynced);
  tellLinks(inside, simNode.id, false);
}

function restart<S, M, Q>(inside: Inside<S, M, Q>, simNode: SimNode<S, M, Q>): void {
  crash(inside, simNode);
  const { damage } = simNode.disk;
  if (damage.length > 0) {
    inside.witness('damage', { node: simNode.id, records: damage.map(recordName) });
    return;
  }
  simNode.behind = 0;
  inside.boot(simNode);
  tellLinks(inside, simNode.id, true);
}

function pause<S, M, Q>(inside: Inside<S, M, Q>, simNode: SimNode<S, M, Q>, paused: boolean): void {
  if (simNode.status === 'down') return;
  const resumed = simNode.status === 'paused' && !paused;
  simNode.status = paused ? 'paused' : 'up';
  if (!resumed) return;
  const { now, program } = inside.world;
  inside.carry(simNode, simNode.machine.durable(simNode.disk.durableBatch, now));
  if (program.policy.eager) inside.carry(simNode, simNode.machine.work(now));
}

/**
 * A clock is set: forward, which makes up what it is behind; or back. A process that is off or
 * paused is not affected.
 */
function jump<S, M, Q>(inside: Inside<S, M, Q>, simNode: SimNode<S, M, Q>, ticks: number): void {
  if (simNode.status !== 'up') return;
  const behind = simNode.behind - ticks;
  simNode.behind = Math.max(0, behind);
  for (let left = -behind; left > 0; left--) inside.carry(simNode, simNode.machine.tick(inside.world.now));
}

/** Returns what the program says that it has done to the disk. */
function repair<S, M, Q>(
  { world }: Inside<S, M, Q>,
  { id, status, disk }: SimNode<S, M, Q>,
  way: Extract<Fault, { type: 'repair' }>['way'],
): string {
  const { program } = world;
  if (status !== 'down') throw new RepairRefused(`${id} runs: a disk can be repaired only while it is off`);
  if (program.repair === undefined) throw new RepairRefused(`${program.name} cannot repair a disk`);
  try {
    return disk.repair((records, damage) => program.repair!(records, damage, way));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RepairRefused(`${id}: ${error.message}`, { cause: error });
  }
}

/**
 * The other machines' connections to `peer` close or open, as sockets do when a process ends or
 * starts.
 */
function tellLinks<S, M, Q>({ world, carry }: Inside<S, M, Q>, peer: NodeId, up: boolean): void {
  for (const simNode of world.nodes.values()) {
    if (simNode.id === peer || simNode.status === 'down') continue;
    if (world.network.blocked[linkName(peer, simNode.id)]) continue;
    simNode.machine.deliver({ link: peer, up });
    if (world.program.policy.eager && simNode.status === 'up')
      carry(simNode, simNode.machine.work(world.now));
  }
}
