/** The look of roles and messages: always a shape or a word besides the colour. */

import type { ReplicaView } from '../../../replication/index.ts';
import type { NodeId } from '../../../vm/index.ts';
import type { MachineStatus } from '../../../vm/sim/index.ts';

/** The families of messages that have a colour and a shape of their own. */
export type Family = 'election' | 'append' | 'beat' | 'request' | 'clock';

/** A message's sign: its family, up to two letters, and whether it is an answer: hollow. */
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

/** The outline of each family, around the origin. */
export const OUTLINES: Readonly<Record<Family, string>> = {
  election: 'M0 -14 L14 0 L0 14 L-14 0 Z',
  append: 'M-11 -11 H11 V11 H-11 Z',
  beat: 'M0 -9 A9 9 0 1 0 0.1 -9 Z',
  request: 'M-13 0 L-7 -11 H7 L13 0 L7 11 H-7 Z',
  clock: 'M0 -12 A12 12 0 1 0 0.1 -12 Z',
};

/** The sign of a message; one without a kind shows the clock that it carries. */
export function signOf(kind: string | undefined, lamport: number): Sign {
  if (kind === undefined) return { family: 'clock', letters: String(lamport), isAnswer: false };
  return SIGNS[kind] ?? { family: 'request', letters: kind.charAt(0), isAnswer: kind.endsWith('Reply') };
}

/** The legend's texts for the signs of a protocol's messages. */
export const LEGEND: readonly (readonly [string, string])[] = [
  ['PreVote', 'pre-vote'],
  ['RequestVote', 'vote'],
  ['Heartbeat', 'heartbeat'],
  ['AppendEntries', 'append'],
  ['InstallSnapshot', 'snapshot'],
  ['Forward', 'request'],
  ['AppendEntriesReply', 'hollow: an answer'],
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

/** The positions of machines: on an ellipse around the origin, the first at the top. */
export function ring(nodes: readonly NodeId[], across: number, down = across): ReadonlyMap<NodeId, Point> {
  return new Map(
    nodes.map((node, i) => {
      const angle = (2 * Math.PI * i) / nodes.length - Math.PI / 2;
      return [node, { x: across * Math.cos(angle), y: down * Math.sin(angle) }];
    }),
  );
}

/** The radius of a machine. */
export const NODE = 30;
/** Messages keep to one side of their link, so that both directions can be told apart. */
const LANE = 9;

/**
 * The point at `part` (0 to 1) of the way from edge to edge of two machines, on the lane of that
 * direction.
 */
export function between(from: Point, to: Point, part: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const along = NODE + 8 + part * (length - 2 * (NODE + 8));
  return { x: from.x + dx * along - dy * LANE, y: from.y + dy * along + dx * LANE };
}
