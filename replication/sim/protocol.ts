/**
 * What simulations need of a replication protocol besides `Protocol` itself. `protocols.ts` lists
 * those that there are.
 */
import type { RandomState, Value, Write } from '../../vm/index.ts';
import type { PresetName } from '../../vm/sim/index.ts';
import type { KeyValueCommand, KeyValueQuery, KeyValueResult } from '../core/key-value.ts';
import type { SessionWindow } from '../core/session-window.ts';
import type { Protocol } from '../protocol.ts';
import type { SessionLimits } from '../replication.ts';
import type { Position } from '../state-machine.ts';
import type { SimulatedCluster } from './cluster.ts';

/** Any protocol that replicates the key-value machine, and a cluster of it. */
export type KeyValueProtocol = Protocol<
  unknown,
  unknown,
  KeyValueCommand,
  KeyValueResult,
  KeyValueQuery,
  Value
>;
export type KeyValueCluster = SimulatedCluster<
  KeyValueCommand,
  KeyValueResult,
  KeyValueQuery,
  Value,
  unknown,
  unknown
>;

/** A value of a setting: a number, a range of them, whether it is on, or a word. */
export type SettingValue = number | readonly [number, number] | boolean | string;

/** Settings by name. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** Settings that one word stands for. */
export interface ShortSetting {
  /** How the word looks, for people: `3/2/2`. */
  readonly usage: string;
  readonly form: RegExp;
  settings(word: string): Settings;
}

/** A word that stands for these settings. */
export function shortSetting(word: string, settings: Settings): ShortSetting {
  return { usage: word, form: new RegExp(`^${word}$`), settings: () => settings };
}

/** An entry to write on a disk before a run. */
export interface WrittenEntry extends Omit<Position, 'place'> {
  readonly command: KeyValueCommand;
}

/** What a run of a campaign asks of the settings drawn for it. */
export interface Demands {
  readonly machines: readonly unknown[];
  readonly seed: number;
  /** What its faults are aimed at. */
  readonly target: string | undefined;
  /** What all clocks keep to, in ticks a second: leases may be relied on. */
  readonly clocks: { readonly slowest: number; readonly fastest: number } | undefined;
  readonly sessionLimits: SessionLimits | undefined;
}

/**
 * A protocol as scenarios, campaigns and the explorer run it: over the key-value machine, with
 * settings by name.
 */
export interface SimulatedProtocol {
  /** As scenarios name it, and as the explorer does. */
  readonly name: string;
  readonly title: string;
  /** Whether it can be set up for reads by leases. */
  readonly leases: boolean;
  /** The client's side of its sessions. */
  readonly Window: typeof SessionWindow;
  /** Whether its members can be changed while it runs. */
  readonly changesMembers: boolean;
  /** Settings that may be named by one word behind the protocol's name, such as `majority`. */
  readonly shortSettings: readonly ShortSetting[];
  /** Throws a RangeError for settings that the protocol does not have. */
  create(preset: PresetName, settings?: Settings): KeyValueProtocol;
  /** What is on the disk of a replica that has reached `term` and has these entries in its log. */
  disk(term: number, entries: readonly WrittenEntry[]): readonly Write[];
  /**
   * The longest that a replica waits for a leader before it asks to lead, in ticks of its own
   * clock.
   */
  longestElection(preset: PresetName): number;
  /** Settings for a run of a campaign, sometimes so low that limits are reached. */
  drawSettings(random: RandomState, demands: Demands): Settings;
}
