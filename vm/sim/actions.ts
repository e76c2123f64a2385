/**
 * Everything that may be done to a simulated world, as plain data: a run is its settings and a list
 * of these.
 */
import type { NodeId } from '../clock.ts';
import type { RepairWay } from '../program.ts';
import type { DiskSettings, Unsynced } from './disk.ts';
import type { NetworkFault } from './network.ts';
import type { MachineSettings } from './settings.ts';

/** Something done to a world between two simulation events. */
export type WorldAction<Q> =
  /** Lets the next thing happen. */
  | { readonly type: 'step' }
  /** Lets virtual time pass. */
  | { readonly type: 'advance'; readonly us: number }
  | { readonly type: 'request'; readonly node: NodeId; readonly body: Q }
  /** A machine is added to those that there are, and starts. */
  | { readonly type: 'join'; readonly machine: MachineSettings }
  | ByHand
  | Fault;

/** Something that would happen by itself at another time, and is made to happen now. */
export type ByHand =
  /**
   * The oldest message that is on its way over a link arrives; with `keep` a copy of it stays on
   * its way.
   */
  | { readonly type: 'deliver'; readonly from: NodeId; readonly to: NodeId; readonly keep?: boolean }
  /** All disks finish writing, and what waited for that happens. */
  | { readonly type: 'sync' };

/** A fault, or its end. */
export type Fault = ProcessFault | DiskFault | ClockFault | NetworkFault | MessageFault;

/** Something done to one message on its way, which `order` names (`Arrival.order`). */
export type MessageFault =
  /** It is lost. */
  | { readonly type: 'lose'; readonly order: number }
  /** A second copy arrives right after it. */
  | { readonly type: 'duplicate'; readonly order: number }
  /** It arrives so many virtual microseconds later; others may overtake it. */
  | { readonly type: 'delay'; readonly order: number; readonly us: number }
  /** It arrives next, now. */
  | { readonly type: 'hasten'; readonly order: number }
  /** It says something else. Refused with a RangeError if its receiver could not read that. */
  | { readonly type: 'edit'; readonly order: number; readonly body: unknown };

/** Faults of a process. */
export type ProcessFault =
  /**
   * Power off: the program's memory is gone, unsynced writes may be. Default of `unsynced`: `draw`.
   */
  | { readonly type: 'crash'; readonly node: NodeId; readonly unsynced?: Unsynced }
  /**
   * Power on, from what is durable. A machine that runs is crashed first; one whose disk is damaged
   * does not start.
   */
  | { readonly type: 'restart'; readonly node: NodeId }
  /** The process is paused; messages wait in its inbox. */
  | { readonly type: 'pause'; readonly node: NodeId }
  | { readonly type: 'resume'; readonly node: NodeId };

/** Faults of a disk. */
export type DiskFault =
  /** How the disk behaves from now on: how slow it is, whether it is full. */
  | { readonly type: 'disk'; readonly node: NodeId; readonly settings: DiskSettings }
  /**
   * Bit rot: a durable record, `keyspace/key` or a random one of the program's, is no longer what
   * was written. The machine notices when it starts again. Nothing happens if there is no such
   * record.
   */
  | { readonly type: 'rot'; readonly node: NodeId; readonly record?: string }
  /** The disk is lost. The machine, crashed if it runs, will start with an empty one. */
  | { readonly type: 'wipe'; readonly node: NodeId }
  /**
   * The program repairs the damaged disk of a machine that is off. Throws a `RepairRefused` if it
   * cannot.
   */
  | { readonly type: 'repair'; readonly node: NodeId; readonly way: RepairWay };

/** Faults of a clock. */
export type ClockFault =
  /** It runs at another rate from its next tick on. */
  | { readonly type: 'rate'; readonly node: NodeId; readonly ticksPerSecond: number }
  /**
   * Its rate is multiplied by `perSecond` each virtual second, as far as a tenth or ten times the
   * rate that the machine was set up with. 1 ends it.
   */
  | { readonly type: 'drift'; readonly node: NodeId; readonly perSecond: number }
  /** It is set forward: `ticks` ticks happen at once. Back (negative): it stops for as many. */
  | { readonly type: 'jump'; readonly node: NodeId; readonly ticks: number };
