/**
 * A campaign's run, recorded as a scenario: everything that was done to a cluster, in order. With
 * the cluster's settings it determines the run; `write-scenario.ts` writes it in the scenario
 * language.
 */
import type { KeyValueCommand } from '../../replication/core/index.ts';
import type { Consistency } from '../../replication/index.ts';
import type { Settings } from '../../replication/sim/index.ts';
import type { Fault } from '../../vm/sim/index.ts';
import type { MemberWish } from './member-wish.ts';
import type { Clocks } from './plan.ts';

/** Something done to a cluster. Requests and sessions have the names that the scenario gives. */
export type Act =
  | { readonly type: 'run'; readonly us: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  /** The client of a command's session has its answer, or waits for it no longer. */
  | { readonly type: 'acknowledge'; readonly request: string }
  | Asking;

/** A request to a replica, and who makes it, where the scenario is to say so. */
export type Asking = {
  readonly client?: string | undefined;
} /** Opens a session. If `oneByOne`, its client waits for each answer before its next command. */ & (
  | { readonly type: 'open'; readonly session: string; readonly oneByOne: boolean; readonly node: string }
  | {
      readonly type: 'submit';
      readonly command: KeyValueCommand;
      readonly session: string | undefined;
      readonly name: string;
      readonly node: string;
    }
  /**
   * A submitted command again: unchanged or, if `anew`, with the current acknowledgement of its
   * session.
   */
  | {
      readonly type: 'retry';
      readonly first: string;
      readonly anew: boolean;
      readonly name: string;
      readonly node: string;
    }
  | {
      readonly type: 'read';
      readonly key: string;
      readonly consistency: Consistency;
      readonly node: string;
    }
  | { readonly type: 'transfer'; readonly to: string; readonly node: string }
  /** A change of the members. Machines that it names and that are not there yet start. */
  | { readonly type: 'change'; readonly wish: MemberWish; readonly name: string; readonly node: string }
);

/**
 * An act and its group: acts of one group (a fault and its end, a command and its retries) make
 * sense only together.
 */
export interface ScenarioStep {
  readonly act: Act;
  readonly group: number;
}

/** A whole recorded scenario, and what it shows. */
export interface RecordedScenario {
  readonly protocol: string;
  readonly seed: number | string;
  /** Ticks a second of each machine's clock. */
  readonly rates: readonly number[];
  /** The range that they stay in; outside of it the failure would not count. */
  readonly clocks: Clocks | undefined;
  readonly settings: Settings;
  readonly steps: readonly ScenarioStep[];
  /** The last lines: what is expected, and fails. */
  readonly ending: readonly string[];
  /** What just the last of them expects, if no other failure counts. */
  readonly expected?: string | undefined;
  /** A group that the scenario cannot do without, if there is one. */
  readonly kept: number | undefined;
  /** The kind of its failure. */
  readonly kind: string;
  /** Whether a group is left out whole or not at all. Default: parts of it may be. */
  readonly isWhole?: boolean;
}

/**
 * How to record a failure that no statement shows by itself: up to which step, and what is expected
 * then.
 */
export interface Ending {
  readonly steps: number;
  readonly lines: readonly string[];
  readonly kept: number | undefined;
}

/** The group of acts without one: time that passes. */
export const NO_GROUP = 0;
