/** The look of roles and messages: always a shape or a word besides the colour. */

import type { ReplicaView } from '../../replication/index.ts';
import type { NodeId } from '../../vm/index.ts';
import type { MachineStatus } from '../../vm/sim/index.ts';

/** The families of messages that have a colour of their own. */
export type Family = 'election' | 'append' | 'beat' | 'request' | 'clock';

/**
 * A message's sign: its family, up to two letters, and whether it is an answer (a ring instead of a
 * disc).
 */
export interface Sign {
  readonly family: Family;
  readonly letters: string;
  readonly isAnswer: boolean;
}

const SIGNS: Record<string, Sign> = {
  PreVote: { family: 'election', letters: 'P', isAnswer: false },
  PreVoteReply: { family: 'election', letters: 'P', isAnswer: true },
  RequestVote: { family: 'election', letters: 'V', isAnswer: false },
  RequestVoteReply: { family: 'election', letters: 'V', isAnswer: true },
  TimeoutNow: { family: 'election', letters: 'T', isAnswer: false },
  Heartbeat: { family: 'beat', letters: 'H', isAnswer: false },
  AppendEntries: { family: 'append', letters: 'A', isAnswer: false },
  AppendEntriesReply: { family: 'append', letters: 'A', isAnswer: true },
  InstallSnapshot: { family: 'append', letters: 'S', isAnswer: false },
  InstallSnapshotReply: { family: 'append', letters: 'S', isAnswer: true },
  Forward: { family: 'request', letters: 'F', isAnswer: false },
  ForwardReply: { family: 'request', letters: 'F', isAnswer: true },
};

/** The sign of a message; one without a kind shows the clock that it carries. */
export function signOf(kind: string | undefined, lamport: number): Sign {
  if (kind === undefined) return { family: 'clock', letters: String(lamport), isAnswer: false };
  return SIGNS[kind] ?? { family: 'request', letters: kind.charAt(0), isAnswer: kind.endsWith('Reply') };
}

/** The legend's texts for the signs of a protocol's messages. */
export const LEGEND: readonly (readonly [string, string])[] = [
  ['PreVote', 'Pre-vote'],
  ['RequestVote', 'Vote'],
  ['Heartbeat', 'Heartbeat'],
  ['AppendEntries', 'Append entries'],
  ['InstallSnapshot', 'Snapshot'],
  ['Forward', 'Forwarded request'],
  ['AppendEntriesReply', 'Answer (a ring)'],
];

/** The role as a word, whatever the machine runs. */
export function roleOf(status: MachineStatus, view: ReplicaView | undefined): string {
  return status === 'up' ? (view?.role ?? 'running') : status;
}

/**
 * A colour (0 to 5) that tells neighbouring terms apart; the number itself always stands beside it.
 */
export function termHue(term: number): number {
  return term % 6;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The positions of the machines: on a ring around the origin, the first at the top. */
export function ring(nodes: readonly NodeId[], radius: number): ReadonlyMap<NodeId, Point> {
  return new Map(
    nodes.map((node, i) => {
      const angle = (2 * Math.PI * i) / nodes.length - Math.PI / 2;
      return [node, { x: radius * Math.cos(angle), y: radius * Math.sin(angle) }];
    }),
  );
}
