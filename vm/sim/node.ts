/** What a simulated world is made of: nodes, and simulation events on its agenda. */
import type { NodeId } from '../clock.ts';
import type { Machine } from '../machine.ts';
import type { Envelope } from '../program.ts';
import type { Clock } from './clocks.ts';
import type { SimDisk } from './disk.ts';
import type { Timed } from './queue.ts';

/** Whether a machine runs, is frozen in the middle of it, or is off. */
export type MachineStatus = 'up' | 'paused' | 'down';

/** A machine of a world, with its disk, its clock and its status. */
export interface SimNode<S, M, Q> extends Clock {
  readonly id: NodeId;
  /** Whether it was added to a world that had begun. */
  readonly joining: boolean;
  /** The rate that its clock was set up with, in ticks a second. */
  readonly firstRate: number;
  machine: Machine<S, M, Q>;
  disk: SimDisk;
  status: MachineStatus;
  /** Ticks that its clock still skips, having been set back. */
  behind: number;
  boot: number;
}

/** A message that comes over a link. */
export interface Arrival<M> extends Timed {
  readonly type: 'arrival';
  readonly node: NodeId;
  readonly envelope: Envelope<M>;
  readonly sentAt: number;
  /** Whether the network delivers the message once, as a socket does. */
  readonly isOnly: boolean;
}

/** Something due on the agenda: a tick, the end of a sync, or an arrival. */
export type SimEvent<M> =
  | Arrival<M>
  | (Timed & { readonly type: 'tick' | 'synced'; readonly node: NodeId; readonly boot: number });
