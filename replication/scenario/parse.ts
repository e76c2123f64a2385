/**
 * Reads a scenario: one statement a line, `#` begins a comment. Nothing is run before all of it is
 * understood.
 */
import type { WorldSettings } from '../../vm/sim/index.ts';
import type { SessionWindow } from '../core/session-window.ts';
import type { KeyValueProtocol } from '../sim/protocol.ts';
import type { Protocols } from '../sim/protocols.ts';
import { ScenarioError } from './error.ts';
import { REQUEST_USAGES } from './key-value-words.ts';
import { Setup } from './setup.ts';
import type { Execution } from './statement.ts';
import { readRequest, STATEMENTS } from './statements.ts';
import { type Names, Words } from './words.ts';

/** A line as it was written, and what it does; nothing for comments and lines that only set up. */
export interface ScenarioLine {
  readonly number: number;
  readonly text: string;
  readonly action: Execution | undefined;
}

/** A scenario that was understood. */
export interface Scenario {
  readonly protocol: KeyValueProtocol;
  /** What its clients use. */
  readonly Window: typeof SessionWindow;
  readonly settings: WorldSettings;
  readonly lines: readonly ScenarioLine[];
  /** What its lines have given names to. */
  readonly names: Names;
  /** Reads one more line after the last. Throws a `ScenarioError`. */
  readonly more: (text: string) => Execution | undefined;
}

/** Names that stand for whichever machine it is when a line is run. */
const ALIASES = ['leader', 'follower'];

/** How the lines that come first are used. */
const SETUP_USAGES: Readonly<Record<'cluster' | 'set' | 'log', string>> = {
  cluster: 'cluster PROTOCOL N seed S [rates R] [class]',
  set: 'set NAME VALUE',
  log: 'log NODE terms TERMS [at term TERM], or log NODE empty [at term TERM]',
};

/** Reads a scenario. Throws a `ScenarioError` that names the line. */
export function parseScenario(text: string, protocols: Protocols): Scenario {
  const parser = new Parser(protocols);
  const source = text.replace(/\s+$/, '').split(/\r?\n/);
  const lines = source.map((line, i) => ({
    number: i + 1,
    text: line.trimEnd(),
    action: parser.read(i + 1, line),
  }));
  const { setup, names } = parser;
  if (setup === undefined) throw new ScenarioError(source.length, `no line begins with \`cluster\``);
  const { protocol, Window, world: settings } = setup;
  const more = (text: string) => parser.read(source.length + 1, text);
  return { protocol, Window, settings, lines, names, more };
}

class Parser {
  setup: Setup | undefined;
  readonly #protocols: Protocols;
  readonly names: Names = { nodes: new Set(), requests: new Set(), sessions: new Set() };
  /** Whether the first lines are over. */
  #isRunning = false;

  constructor(protocols: Protocols) {
    this.#protocols = protocols;
  }

  read(number: number, text: string): Execution | undefined {
    const words = new Words(number, text, this.names);
    if (words.isEmpty) return undefined;
    const word = words.peek()!;
    if (word === 'cluster' || word === 'set' || word === 'log') {
      understand(words, SETUP_USAGES[word], () => this.#readSetup(word, words));
      return undefined;
    }
    const { setup } = this;
    if (setup === undefined) return words.fail(`the first line must be \`${SETUP_USAGES.cluster}\``);
    this.#isRunning = true;
    const { network } = setup;
    if (Object.hasOwn(STATEMENTS, word)) {
      const command = STATEMENTS[word]!;
      return understand(words, command.usage, () => {
        words.must(word);
        return command.read({ words, network });
      });
    }
    const usages = REQUEST_USAGES.filter((usage) => usage.startsWith(`${word} `));
    if (usages.length === 0) words.fail(`there is no statement \`${word}\``);
    const usage = `${usages.join(', or ')} [in SESSION] [at NODE] [by CLIENT] [as NAME]`;
    return understand(words, usage, () => readRequest({ words, network }));
  }

  #readSetup(word: 'cluster' | 'set' | 'log', words: Words): void {
    words.must(word);
    if (this.#isRunning) words.fail(`\`${word}\` must come before the machines run`);
    if (word === 'cluster') {
      if (this.setup !== undefined) words.fail('there is one cluster already');
      this.setup = new Setup(words, this.#protocols);
      for (const name of [...this.setup.nodes, ...ALIASES]) this.names.nodes.add(name);
    } else if (this.setup === undefined) words.fail(`the first line must be \`${SETUP_USAGES.cluster}\``);
    else if (word === 'set') this.setup.set(words);
    else this.setup.log(words);
  }
}

/** Reads a whole line. An error is reported together with the usage of its statement. */
function understand<T>(words: Words, usage: string, read: () => T): T {
  try {
    const result = read();
    words.end();
    return result;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new ScenarioError(error.line, `${error.message}; usage: ${usage}`);
  }
}
