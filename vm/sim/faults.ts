/** Faults of the machines of a simulated world, and their repair: processes, disks, clocks and wires. */
import type { NodeId } from '../clock.ts';
import type { Effect, Program } from '../program.ts';
import type { RandomState } from '../random.ts';
import { setDrift, setRate } from './clocks.ts';
import type { Fault } from './commands.ts';
import type { Unsynced } from './disk.ts';
import { changeNetwork, linkName, type NetworkState } from './network.ts';
import type { Arrival, Place } from './node.ts';
import { recordName } from './record-name.ts';
import type { WorldSettings } from './settings.ts';

/** A repair that was not made. The message says why, in a line; nothing has changed. */
export class RepairRefused extends Error {
  override readonly name = 'RepairRefused';
}

/** What can be seen of a world. */
interface World<S, M, Q> {
  readonly program: Program<S, M, Q>;
  readonly settings: WorldSettings;
  /** Virtual microseconds since the start. */
  readonly now: number;
  readonly network: NetworkState<M>;
  readonly places: ReadonlyMap<NodeId, Place<S, M, Q>>;
  /** Throws a RangeError for a machine that does not exist. */
  place(node: NodeId): Place<S, M, Q>;
}

/** A world as it is to those who have a hand in its course. */
export interface Inside<S, M, Q> {
  readonly world: World<S, M, Q>;
  readonly random: RandomState;
  /** Starts a machine anew on what is on its disk. */
  boot(place: Place<S, M, Q>): void;
  /** Carries a machine's effects out into the world. */
  carry(place: Place<S, M, Q>, effects: readonly Effect<M>[]): void;
  /** A sync ends after so many virtual microseconds. */
  syncAfter(place: Place<S, M, Q>, us: number): void;
  /** Messages that were kept back arrive now. */
  arrive(arrivals: readonly Arrival<M>[]): void;
  /** Records an event that no machine saw. */
  witness(kind: string, fields: object): void;
}

/** Carries out a fault. Throws a RangeError for a machine that does not exist, and a `RepairRefused`; then nothing has happened. */
export function inflict<S, M, Q>(inside: Inside<S, M, Q>, fault: Fault): void {
  const { world } = inside;
  if (!('node' in fault)) {
    record(inside, fault, {});
    inside.arrive(changeNetwork(world.network, fault));
    return;
  }
  const place = world.place(fault.node);
  // What these come to is known, and told, only afterwards.
  if (fault.type === 'rot') {
    record(inside, fault, { record: place.disk.rot(inside.random, fault.record) ?? null });
    return;
  }
  if (fault.type === 'repair') {
    record(inside, fault, { done: repair(inside, place, fault.way) });
    return;
  }
  record(inside, fault, {});
  inflictOn(inside, place, fault);
}

/** Records a fault, with what it has come to. */
function record<S, M, Q>(inside: Inside<S, M, Q>, { type, ...fields }: Fault, outcome: object): void {
  inside.witness(type, { ...fields, ...outcome });
}

function inflictOn<S, M, Q>(
  inside: Inside<S, M, Q>,
  place: Place<S, M, Q>,
  fault: Exclude<Extract<Fault, { node: NodeId }>, { type: 'rot' | 'repair' }>,
): void {
  const { world, random } = inside;
  switch (fault.type) {
    case 'crash':
      crash(inside, place, fault.unsynced);
      break;
    case 'restart':
      restart(inside, place);
      break;
    case 'pause':
    case 'resume':
      pause(inside, place, fault.type === 'pause');
      break;
    case 'wipe':
      crash(inside, place, 'lost');
      place.disk.wipe();
      break;
    case 'disk': {
      const us = place.disk.change(fault.settings, random);
      if (us !== undefined) inside.syncAfter(place, us);
      break;
    }
    case 'rate':
      setRate(place, world.now, fault.ticksPerSecond);
      break;
    case 'drift':
      setDrift(place, world.now, fault.perSecond, firstRate(world, place.id));
      break;
    case 'jump':
      jump(inside, place, fault.ticks);
      break;
  }
}

function firstRate<S, M, Q>({ settings }: World<S, M, Q>, node: NodeId): number {
  return settings.machines.find(({ id }) => id === node)!.ticksPerSecond;
}

/** Power off: the program is gone, and of the unsynced writes some or all. */
function crash<S, M, Q>(inside: Inside<S, M, Q>, place: Place<S, M, Q>, unsynced?: Unsynced): void {
  if (place.status === 'down') return;
  place.status = 'down';
  place.disk.crash(inside.random, unsynced);
  tellLinks(inside, place.id, false);
}

function restart<S, M, Q>(inside: Inside<S, M, Q>, place: Place<S, M, Q>): void {
  crash(inside, place);
  const { damage } = place.disk;
  if (damage.length > 0) {
    inside.witness('damage', { node: place.id, records: damage.map(recordName) });
    return;
  }
  place.behind = 0;
  inside.boot(place);
  tellLinks(inside, place.id, true);
}

function pause<S, M, Q>(inside: Inside<S, M, Q>, place: Place<S, M, Q>, paused: boolean): void {
  if (place.status === 'down') return;
  const resumed = place.status === 'paused' && !paused;
  place.status = paused ? 'paused' : 'up';
  if (!resumed) return;
  const { now, program } = inside.world;
  inside.carry(place, place.machine.durable(place.disk.durableBatch, now));
  if (program.policy.eager) inside.carry(place, place.machine.work(now));
}

/** A clock is set: forward, which makes good what it is behind; or back. A process that is off or stands still does not see it. */
function jump<S, M, Q>(inside: Inside<S, M, Q>, place: Place<S, M, Q>, ticks: number): void {
  if (place.status !== 'up') return;
  const behind = place.behind - ticks;
  place.behind = Math.max(0, behind);
  for (let left = -behind; left > 0; left--) inside.carry(place, place.machine.tick(inside.world.now));
}

/** Returns what the program says that it has done to the disk. */
function repair<S, M, Q>(
  { world }: Inside<S, M, Q>,
  { id, status, disk }: Place<S, M, Q>,
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

/** The other machines' connections to `peer` close or open, as sockets do when a process dies or comes. */
function tellLinks<S, M, Q>({ world, carry }: Inside<S, M, Q>, peer: NodeId, up: boolean): void {
  for (const place of world.places.values()) {
    if (place.id === peer || place.status === 'down') continue;
    if (world.network.blocked[linkName(peer, place.id)]) continue;
    place.machine.deliver({ link: peer, up });
    if (world.program.policy.eager && place.status === 'up') carry(place, place.machine.work(world.now));
  }
}
