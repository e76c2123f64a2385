/** The mesh: who is connected to whom, and who is alive. */
import type { NodeId } from '../../vm/index.ts';
import { newFollower } from '../ordering/leading.ts';
import { type LowestPort, living, type MeshMessage, newPeer, type Peer, type Role } from './state.ts';

/** Hears from another server, whatever it says. */
export function hear({ state, ctx }: LowestPort, from: NodeId, role: Role | undefined): void {
  state.peers[from] ??= newPeer(ctx.now);
  const peer = state.peers[from]!;
  peer.status = 'alive';
  peer.heardAt = ctx.now;
  peer.tries = 0;
  if (role !== undefined) peer.role = role;
  // What it has of the master's log is asked with the next heartbeat.
  if (state.leading !== undefined) state.leading.followers[from] ??= newFollower(ctx.now);
}

/** A message that keeps the mesh. */
export function onMesh(replica: LowestPort, from: NodeId, message: MeshMessage): void {
  const { state, ctx } = replica;
  const { role } = state;
  switch (message.type) {
    case 'AddConnect':
      meet(replica, message.known);
      ctx.send(from, { type: 'Connected', role, known: Object.keys(state.peers) });
      break;
    case 'Connected':
      meet(replica, message.known);
      break;
    case 'IsMaster':
      ctx.send(from, { type: 'IsMasterReply', role });
      break;
    case 'Disconnect': {
      const peer = state.peers[message.peer];
      // Who hears it still knows better.
      if (peer?.status === 'suspect') bury(replica, message.peer, peer);
      break;
    }
  }
}

/** Connects to servers that another one knows. */
function meet({ state, ctx }: LowestPort, known: readonly NodeId[]): void {
  for (const id of known) if (id !== ctx.self) state.peers[id] ??= newPeer(ctx.now);
}

/** Once a tick: heartbeats to those that live, suspicion, death, and tries to reach the others. */
export function tickMesh(replica: LowestPort): void {
  const { state, ctx, settings } = replica;
  for (const [id, peer] of Object.entries(state.peers)) {
    watch(replica, id, peer);
    if (peer.status !== 'alive' && ctx.now >= peer.tryAt) tryToReach(replica, id, peer);
  }
  if (ctx.now < state.beatAt) return;
  state.beatAt = ctx.now + settings.heartbeatTicks;
  const alive = living(state);
  if (alive.length > 0) ctx.send(alive, { type: 'Heartbeat', role: state.role }, { early: true });
}

/** One miss makes a server suspect, several make it dead. */
function watch(replica: LowestPort, id: NodeId, peer: Peer): void {
  const { ctx, settings } = replica;
  const misses = Math.floor((ctx.now - peer.heardAt) / settings.missTicks);
  if (peer.status === 'alive' && misses >= 1) {
    peer.status = 'suspect';
    peer.tryAt = ctx.now;
  }
  if (peer.status === 'suspect' && misses >= settings.deadMisses) {
    bury(replica, id, peer);
    const others = living(replica.state);
    if (others.length > 0) ctx.send(others, { type: 'Disconnect', role: replica.state.role, peer: id });
  }
}

function bury({ state }: LowestPort, id: NodeId, peer: Peer): void {
  peer.status = 'dead';
  if (state.leading !== undefined) delete state.leading.followers[id];
  if (state.leader === id) state.leader = undefined;
}

/** Asks again, each time after twice as long. */
function tryToReach({ state, ctx, settings }: LowestPort, id: NodeId, peer: Peer): void {
  const pause = Math.min(2 ** peer.tries, settings.longestBackoff);
  peer.tries++;
  peer.tryAt = ctx.now + pause * settings.heartbeatTicks;
  const { role } = state;
  ctx.send(id, { type: 'AddConnect', role, known: Object.keys(state.peers) }, { early: true });
  ctx.send(id, { type: 'IsMaster', role }, { early: true });
}
