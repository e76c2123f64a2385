/** Everything that may be done to a simulated world, as plain data: a run is its settings and a list of these. */
import type { NodeId } from '../clock.ts';
import type { DiskSettings } from './disk.ts';
import type { NetworkFault } from './network.ts';

/** Something done to a world between two happenings. */
export type WorldCommand<Q> =
  /** Lets the next thing happen. */
  | { readonly type: 'step' }
  /** Lets virtual time pass. */
  | { readonly type: 'advance'; readonly us: number }
  | { readonly type: 'request'; readonly node: NodeId; readonly body: Q }
  | Fault;

/** Something that goes wrong, or right again. */
export type Fault =
  /** Power off: the program's memory is gone, unsynced writes may be. */
  | { readonly type: 'crash'; readonly node: NodeId }
  /** Power on, from what is durable. A machine that runs is crashed first. */
  | { readonly type: 'restart'; readonly node: NodeId }
  /** The process stands still; messages wait in its inbox. */
  | { readonly type: 'pause'; readonly node: NodeId }
  | { readonly type: 'resume'; readonly node: NodeId }
  /** The machine's clock runs at another rate from its next tick on. */
  | { readonly type: 'rate'; readonly node: NodeId; readonly ticksPerSecond: number }
  | { readonly type: 'disk'; readonly node: NodeId; readonly settings: DiskSettings }
  | NetworkFault;
