/** What a replica tells of itself when it is asked: what its metrics and checks are made of. */
import type { NodeId } from '../../../vm/index.ts';
import type { Configuration } from '../../members.ts';
import type { ReplicaStatus } from '../../replication.ts';
import type { PilotVitals } from '../autopilot/pilot-vitals.ts';

/** A follower, as its leader sees it. */
export interface Follower {
  readonly id: NodeId;
  /** Heard from lately, up to date but for a few entries, and counted. */
  readonly isHealthy: boolean;
  /** How many entries it is behind the leader's log. */
  readonly lag: number;
}

/** What a replica knows of itself. */
export interface Vitals {
  readonly status: ReplicaStatus;
  /** The entry before the first of the log. */
  readonly baseIndex: number;
  /** Whether another replica's data is on its way in. */
  readonly isReceiving: boolean;
  /**
   * The members as this replica counts them, and the entry of the log that has them; undefined in
   * protocols that have no such.
   */
  readonly configuration: Configuration | undefined;
  readonly configIndex: number | undefined;
  /** Of a leader: the others. */
  readonly followers: readonly Follower[] | undefined;
  /** Commands submitted here that have no answer yet, and those that have failed. */
  readonly pending: number;
  readonly failed: number;
  /** Reads that were asked for here. */
  readonly reads: number;
  /** How often another leader, or another term of one, was seen. */
  readonly leaderChanges: number;
  /** Bytes sent to each peer. */
  readonly sentBytes: ReadonlyMap<NodeId, number>;
  /** Connections of clients. */
  readonly clients: number;
  /** What its autopilot has decided while it led, and what that holds back now, if it has one. */
  readonly autopilot: PilotVitals | undefined;
}

/** The part of its vitals that only its protocol can tell. */
export type ProtocolVitals = Pick<
  Vitals,
  'isReceiving' | 'configuration' | 'configIndex' | 'followers' | 'leaderChanges' | 'autopilot'
>;
