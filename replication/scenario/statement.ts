/** A statement of a scenario: the word that begins a line, and what the line does. */
import type { LinkSettings } from '../../vm/sim/index.ts';
import type { ScenarioRun } from './run.ts';
import type { Words } from './words.ts';

/** What a line does. */
export type Execution = (run: ScenarioRun) => void;

/** What a line is read with: its words, and what was set up. */
export interface Reading {
  readonly words: Words;
  /** The default settings of links. */
  readonly network: LinkSettings;
}

/** A kind of statement: the word that begins a line, and how the line is read. */
export interface Statement {
  readonly usage: string;
  read(reading: Reading): Execution;
}
