/** Which machines can talk to each other, and how to make a group of some. */
import type { NodeId } from '../../../vm/index.ts';
import { linkName } from '../../../vm/sim/index.ts';
import type { AnyWorld } from './run.ts';
import type { Action } from './timeline.ts';

/** Whether a message from one to the other gets through. */
export function isOpen(world: AnyWorld, from: NodeId, to: NodeId): boolean {
  return !world.network.blocked[linkName(from, to)];
}

/**
 * The machines in groups: within a group everybody reaches everybody, over others if need be.
 * Largest first.
 */
export function groupsOf(world: AnyWorld): readonly (readonly NodeId[])[] {
  const left = new Set(world.nodes.keys());
  const groups: NodeId[][] = [];
  for (const first of left) {
    const group = [first];
    left.delete(first);
    for (const member of group) {
      for (const other of left) {
        if (!isOpen(world, member, other) || !isOpen(world, other, member)) continue;
        left.delete(other);
        group.push(other);
      }
    }
    groups.push(group.sort());
  }
  return groups.sort((a, b) => b.length - a.length);
}

/** Cuts these machines off from all others; groups that there are already stay apart. */
export function cutOff(world: AnyWorld, cut: readonly NodeId[]): Action {
  const rest = groupsOf(world).map((group) => group.filter((node) => !cut.includes(node)));
  return { type: 'partition', groups: [...rest, cut].filter((group) => group.length > 0) };
}

/** Puts a machine that is cut off back among the largest group. */
export function reconnect(world: AnyWorld, node: NodeId): Action {
  const rest = groupsOf(world)
    .map((group) => group.filter((member) => member !== node))
    .filter((group) => group.length > 0);
  const [largest = [], ...others] = rest;
  const groups = [[...largest, node].sort(), ...others];
  return groups.length === 1 ? { type: 'heal' } : { type: 'partition', groups };
}
