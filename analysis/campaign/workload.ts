/**
 * What a client of a campaign asks for: changes with unique values, on the few keys that all
 * clients share.
 */
import type { KeyValueCommand, KeyValueResult } from '../../replication/core/index.ts';
import { chance, pick, type RandomState } from '../../vm/index.ts';
import type { ClientPlan } from './plan.ts';

/** A key, and whether it holds a list: one that nothing but appends ever changes. */
export interface Target {
  readonly key: string;
  readonly isList: boolean;
}

/** One client's work. */
export class Workload {
  readonly #letter: string;
  readonly #plan: ClientPlan;
  readonly #random: RandomState;
  #changes = 0;
  /** What the client last saw of a register. */
  readonly #seen = new Map<string, unknown>();

  /** `letter` begins every value that this client writes. */
  constructor(letter: string, plan: ClientPlan, random: RandomState) {
    this.#letter = letter;
    this.#plan = plan;
    this.#random = random;
  }

  /** Draws a key. */
  target(): Target {
    const isList = chance(this.#random, 0.5);
    return { key: pick(this.#random, isList ? this.#plan.lists : this.#plan.registers), isList };
  }

  /** Draws a change of it. */
  change({ key, isList }: Target): KeyValueCommand {
    const value = `${this.#letter}${++this.#changes}`;
    return isList ? { type: 'append', key, value } : this.#set(key, value);
  }

  /** The client received what a key holds. */
  saw(key: string, value: unknown): void {
    this.#seen.set(key, value);
  }

  /** The client received the result of a change. */
  learn(command: KeyValueCommand, result: KeyValueResult): void {
    if (command.type === 'append') return;
    const value = command.type === 'delete' ? null : command.value;
    this.#seen.set(command.key, result.done ? value : result.previous);
  }

  /** A unique value; mostly written over the value that was last seen there. */
  #set(key: string, value: string): KeyValueCommand {
    const way = pick(this.#random, ['put', 'cas', 'cas', 'delete']);
    if (way === 'delete' && chance(this.#random, 0.3)) return { type: 'delete', key };
    if (way !== 'cas') return { type: 'put', key, value };
    return { type: 'cas', key, expected: (this.#seen.get(key) as string | undefined) ?? null, value };
  }
}
