/** What a replica in real time is made of, and what it answers operators. */
import type { EventRecord, LiveError, NodeId } from '../../vm/index.ts';
import type { LiveDisk } from '../../vm/live/disk/index.ts';
import type { GuardedServer } from '../../vm/live/server/index.ts';
import type { Protocol } from '../protocol.ts';
import type { ReplicaAddress } from '../replication.ts';

/** Options of a replica. */
export interface ReplicaOptions<C, R, Q, A, S, M> {
  readonly protocol: Protocol<S, M, C, R, Q, A>;
  readonly self: NodeId;
  /**
   * The replicas that the cluster was founded with, this one included, and where clients and peers
   * reach them. The protocol may change them.
   */
  readonly replicas: readonly ReplicaAddress[];
  /** The name of the cluster; replicas of others are refused. */
  readonly cluster: string;
  /** Shared by all replicas; without one, only replicas on this computer are admitted. */
  readonly secret?: string | undefined;
  /** The server that peers connect to; it is listening already, or will be. */
  readonly server: GuardedServer;
  readonly disk: LiveDisk;
  /** Ticks a second. */
  readonly rate: number;
  /** Receives the rows of the event log; without it no events are made. */
  readonly record?: ((event: EventRecord) => void) | undefined;
  /** Called once if the replica has stopped by itself, with the reason. */
  readonly onFailure: (error: LiveError) => void;
  /** Called with messages for the operator, a line each. */
  readonly onNotice?: ((line: string) => void) | undefined;
  /** Called after every step with the protocol's state, which it must not change. */
  readonly onStep?: ((state: S) => void) | undefined;
  /** Called with how long a peer took to answer a ping, every few seconds. */
  readonly onRoundTrip?: ((peer: NodeId, seconds: number) => void) | undefined;
}

/** Whether a replica is drained, as it answers operators. */
export interface DrainState {
  readonly id: NodeId;
  readonly draining: boolean;
  /** Whether it was so before. */
  readonly already: boolean;
  readonly leads: boolean;
}
