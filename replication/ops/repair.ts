/**
 * Repair of a replica's data directory: what is damaged there, which repairs are safe, and carrying
 * one out.
 *
 * The protocol decides whether a repair is safe, by trying it on a copy that is discarded.
 */
import { type Damage, type Disk, Machine, type NodeId, type RepairWay, reason } from '../../vm/index.ts';
import { DamagedDirectory, nameByKey, repairDirectory } from '../../vm/live/disk/index.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';

/** A data directory and what runs on it. */
export interface RepairOptions<S, M> {
  readonly protocol: Protocol<S, M>;
  readonly directory: string;
  readonly self: NodeId;
  /** The name of the cluster. */
  readonly cluster: string;
}

/** What a replica would start with. */
export type Remains = Pick<
  ReplicaView,
  'term' | 'votedFor' | 'recovery' | 'baseIndex' | 'lastIndex' | 'applied'
>;

/** A possible repair: what it does and leaves, or why it is not safe. */
export type WayOut =
  | { readonly way: RepairWay; readonly safe: true; readonly does: string; readonly leaves: Remains }
  | { readonly way: RepairWay; readonly safe: false; readonly why: string };

/** What was found in a data directory. */
export interface Findings {
  readonly file: string;
  readonly damage: readonly (Damage & { readonly name: string })[];
  /** What else is wrong, in words. */
  readonly otherwise: string | undefined;
  /** None if nothing is damaged. */
  readonly ways: readonly WayOut[];
}

/** What was done. */
export interface Repaired {
  readonly way: RepairWay;
  readonly did: string;
  readonly leaves: Remains;
  /** Where the old database and the old log are now. */
  readonly kept: readonly string[];
}

const WAYS: readonly RepairWay[] = ['drop-tail', 'start-empty'];

/**
 * Looks at a data directory and changes nothing. Throws a `LiveError` if it is not this replica's,
 * or in use.
 */
export async function examine<S, M>(options: RepairOptions<S, M>): Promise<Findings> {
  const { protocol, directory, self, cluster } = options;
  const found = new DamagedDirectory(directory, { id: self, cluster });
  try {
    const name = protocol.nameRecord?.bind(protocol) ?? nameByKey;
    return {
      file: found.file,
      damage: found.damage.map((one) => ({ ...one, name: name(one) })),
      otherwise: found.otherwise,
      ways: found.isWhole ? [] : WAYS.map((way) => tryOut(options, found, way)),
    };
  } finally {
    await found.close();
  }
}

/**
 * Repairs a damaged data directory. Throws a `LiveError` if it is not this replica's, is in use or
 * cannot be written, and an Error that says why if this way is not safe; then nothing has changed.
 */
export async function repair<S, M>(options: RepairOptions<S, M>, way: RepairWay): Promise<Repaired> {
  const { directory, self, cluster } = options;
  let done: Omit<Repaired, 'way' | 'kept'> | undefined;
  const kept = await repairDirectory(directory, { id: self, cluster }, (found) => {
    if (found.isWhole) throw new Error(`${found.file} is no longer damaged`);
    const disk = found.disk();
    const did = carryOut(options, found, disk, way);
    done = { did, leaves: remains(options, disk) };
    return disk;
  });
  return { way, ...done!, kept };
}

function tryOut<S, M>(options: RepairOptions<S, M>, found: DamagedDirectory, way: RepairWay): WayOut {
  const disk = found.disk();
  try {
    const does = carryOut(options, found, disk, way);
    return { way, safe: true, does, leaves: remains(options, disk) };
  } catch (error) {
    return { way, safe: false, why: reason(error) };
  }
}

/** Lets the protocol repair `disk`. */
function carryOut<S, M>(
  { protocol }: RepairOptions<S, M>,
  { damage, otherwise }: DamagedDirectory,
  disk: Disk,
  way: RepairWay,
): string {
  if (protocol.repair === undefined) throw new Error(`${protocol.name} cannot repair a disk`);
  if (way !== 'start-empty' && otherwise !== undefined) {
    throw new Error(`${otherwise}, so nothing in it can be trusted: start empty`);
  }
  return protocol.repair(disk, damage, way);
}

/** The view of a replica started from `disk`. Throws what the start throws. */
function remains<S, M>({ protocol, self }: RepairOptions<S, M>, disk: Disk): Remains {
  const clock = { stamp: 'after', vector: false } as const;
  const machine = new Machine<S, M, ProtocolRequest>(protocol, {
    ...{ self, peers: [], seed: 0, boot: 1, clock, record: false, disk },
  });
  machine.start(0);
  const { term, votedFor, recovery, baseIndex, lastIndex, applied } = protocol.view(machine.state.program);
  return { term, votedFor, recovery, baseIndex, lastIndex, applied };
}
