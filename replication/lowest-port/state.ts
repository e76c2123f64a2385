/** The state of a server, and its messages. */
import type { Context, NodeId } from '../../vm/index.ts';
import type { Log } from '../ordering/log.ts';
import type { OrderingMessage } from '../ordering/messages.ts';
import {
  ORDERING_TIMES,
  type OrderingReplica,
  type OrderingState,
  orderingState,
} from '../ordering/state.ts';
import type { LowestPortSettings } from './settings.ts';

/** `joining`: it has not the master's state yet, and never leads. */
export const ROLES = ['joining', 'slave', 'master'] as const;
export type Role = (typeof ROLES)[number];

/** What keeps the mesh. Each says what its sender is. */
export type MeshMessage =
  /** Counts the sender in. The answer says whom else to connect to. */
  | { readonly type: 'AddConnect' | 'Connected'; readonly role: Role; readonly known: readonly NodeId[] }
  /** Asks whether the receiver is the master; its role is the answer. */
  | { readonly type: 'IsMaster' | 'IsMasterReply' | 'Heartbeat'; readonly role: Role }
  /** The sender takes `peer` for dead. */
  | { readonly type: 'Disconnect'; readonly role: Role; readonly peer: NodeId };

export type LowestPortMessage = OrderingMessage | MeshMessage;

/** Another server of the mesh. */
export interface Peer {
  /** `unknown` until it has been heard. */
  status: 'unknown' | 'alive' | 'suspect' | 'dead';
  role: Role;
  heardAt: number;
  /** How often it has been tried since it was heard, and when it is tried again. */
  tries: number;
  tryAt: number;
}

/** The whole state. Plain data. */
export interface LowestPortState extends OrderingState {
  readonly self: NodeId;
  role: Role;
  /** Until when a newcomer waits to hear of a master. */
  readonly joinUntil: number;
  /** Where the log ended when this server became the master: reads wait until that is committed. */
  tookOverAt: number;
  beatAt: number;
  readonly peers: Record<NodeId, Peer>;
}

/** What the functions of this folder are given. */
export interface LowestPort extends OrderingReplica {
  readonly state: LowestPortState;
  readonly ctx: Context<LowestPortMessage>;
  readonly settings: LowestPortSettings;
}

/** The fields of its state that are ticks of its clock. */
export const TIME_FIELDS = [...ORDERING_TIMES, 'joinUntil', 'beatAt', 'tryAt'] as const;

/** A server that has just started: whatever it was before, it joins anew. */
export function initialState(
  { self, peers, now }: Context<LowestPortMessage>,
  log: Log,
  { joinTicks }: LowestPortSettings,
): LowestPortState {
  return {
    ...orderingState(log),
    self,
    role: 'joining',
    joinUntil: now + joinTicks,
    tookOverAt: 0,
    beatAt: now,
    peers: Object.fromEntries(peers.map((peer) => [peer, newPeer(now)])),
  };
}

export function newPeer(now: number): Peer {
  return { status: 'unknown', role: 'joining', heardAt: now, tries: 0, tryAt: now };
}

/** Takes a role; logs say so. */
export function setRole({ state, ctx }: LowestPort, role: Role): void {
  if (state.role === role) return;
  state.role = role;
  ctx.note('role');
}

/** Those that are not known to be dead. */
export function living({ peers }: LowestPortState): NodeId[] {
  return Object.keys(peers).filter((id) => peers[id]!.status === 'alive' || peers[id]!.status === 'suspect');
}
