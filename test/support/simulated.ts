/** Small simulated Raft clusters for tests, with access to everything in the world. */

import {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
} from '../../replication/core/key-value.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import type { RaftMessage } from '../../replication/raft/messages.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import type { RaftSettings } from '../../replication/raft/settings.ts';
import type { RaftState } from '../../replication/raft/state.ts';
import type { Consistency, SessionTag } from '../../replication/replication.ts';
import { SimulatedCluster } from '../../replication/sim/cluster.ts';
import type { Outcome } from '../../vm/program.ts';
import { CALM_WORLD, drawMachines } from '../../vm/sim/presets.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import type { World } from '../../vm/sim/world.ts';
import { prefixEnd, type Value } from '../../vm/store.ts';

export const MS = 1_000;

/** All that a world is at this instant, as plain data. */
export function look<S, M, Q>(world: World<S, M, Q>): unknown {
  const everything = prefixEnd('');
  const nodes = [...world.nodes.values()].map(({ machine, disk, ...simNode }) => ({
    ...simNode,
    state: machine.state,
    program: [...disk.current.program.range('', everything)],
    data: [...disk.current.data.range('', everything)],
    ...{ disk: disk.settings, durable: disk.records, damage: disk.damage },
  }));
  const inFlight = world.inFlight.toSorted((a, b) => a.order - b.order);
  const { now, steps, network, nextAt } = world;
  return JSON.parse(JSON.stringify({ now, steps, nextAt, network, nodes, inFlight }));
}

/** Settings of a world of `size` machines at 100 ticks a second. */
export function worldSettings(size: number, given: Partial<WorldSettings> = {}): WorldSettings {
  return { seed: 1, machines: drawMachines(size), ...CALM_WORLD, ...given };
}

/** A simulated Raft cluster over the key-value machine. */
export class Cluster extends SimulatedCluster<
  KeyValueCommand,
  KeyValueResult,
  KeyValueQuery,
  Value,
  RaftState,
  RaftMessage
> {
  constructor(
    size: number,
    raft: Partial<RaftSettings> & { eager?: boolean } = {},
    { record: _, ...given }: Partial<WorldSettings> = {},
    create = createRaft,
  ) {
    super(create(keyValueMachine, raft), { replicas: size, ...given });
  }

  ask(node: string, body: ProtocolRequest): Outcome {
    return this.answered(this.request(node, body));
  }

  /** Asks for a change, without waiting. */
  begin(node: string, command: KeyValueCommand, tag?: SessionTag): string {
    return this.request(node, { type: 'submit', command, tag });
  }

  put(node: string, key: string, value: number, tag?: SessionTag): Outcome {
    return this.answered(this.begin(node, { type: 'put', key, value }, tag));
  }

  get(node: string, key: string, consistency: Consistency = 'linearizable'): Outcome {
    return this.ask(node, { type: 'read', query: { type: 'get', key }, consistency });
  }
}
