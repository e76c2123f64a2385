/** The state of a machine at one instant, as plain data. */
import type { NodeId, Vector } from './clock.ts';
import type { Envelope, Outcome, Request } from './program.ts';
import type { RandomState } from './random.ts';

/**
 * What waits in an inbox: a message of a peer, a request from outside, or news of a link or of a
 * message that never left.
 */
export type InboxItem<M, Q> =
  | { readonly envelope: Envelope<M> }
  | { readonly request: Request<Q> }
  | { readonly link: NodeId; readonly up: boolean }
  | { readonly dropped: M; readonly to: NodeId }
  | { readonly clusterId: string };

/** What a step wants to leave the machine, before it does. */
export type Outgoing<M> =
  | {
      readonly type: 'send';
      readonly to: readonly NodeId[];
      readonly body: M;
      readonly early: boolean;
      readonly lazy: boolean;
    }
  | { readonly type: 'respond'; readonly request: string; readonly outcome: Outcome; readonly early: boolean }
  | { readonly type: 'mark'; readonly mark: unknown; readonly early: false };

/** The whole state of a machine, as plain data. */
export interface MachineState<S, M, Q> {
  ticks: number;
  lamport: number;
  vector: Vector | undefined;
  /** Messages sent since this start. */
  sent: number;
  random: RandomState;
  inbox: InboxItem<M, Q>[];
  /**
   * The last write batch handed out, the last one that gates sends, and the last one known to be
   * durable.
   */
  batch: number;
  gate: number;
  durable: number;
  /** What waits for a batch to be durable, in order. */
  held: { readonly after: number; readonly what: Outgoing<M> }[];
  program: S;
}
