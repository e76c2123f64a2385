/**
 * The lines that come first: which machines there are, what they run, and what is on their disks.
 */
import type { NodeId } from '../../vm/index.ts';
import {
  CALM_WORLD,
  drawMachines,
  type LinkSettings,
  type MachineSettings,
  PRESETS,
  type PresetName,
  type WorldSettings,
} from '../../vm/sim/index.ts';
import type { SessionWindow } from '../core/session-window.ts';
import type { KeyValueProtocol, SettingValue, SimulatedProtocol } from '../sim/protocol.ts';
import type { Protocols } from '../sim/protocols.ts';
import { writtenEntries } from './key-value-words.ts';
import { MAX_RATE, MIN_RATE, type Words } from './words.ts';

const MAX_MACHINES = 100;
/** What a setting may be. */
const SETTING = 'a number, a range such as 15-30, on, off or a word';

/** What the first lines have said so far. */
export class Setup {
  readonly nodes: readonly NodeId[];
  readonly #protocol: SimulatedProtocol;
  readonly #seed: string;
  readonly #preset: PresetName;
  readonly #machines: readonly MachineSettings[];
  readonly #settings: Record<string, SettingValue> = {};
  /**
   * What is on disks to begin with, by machine: the terms of the log, and the term that the machine
   * has reached.
   */
  readonly #logs = new Map<NodeId, { readonly terms: readonly number[]; readonly term: number }>();
  protocol: KeyValueProtocol;

  /** Reads `cluster PROTOCOL N seed S [rates R] [class]`, from its second word on. */
  constructor(words: Words, protocols: Protocols) {
    const name = words.name('a protocol');
    if (!Object.hasOwn(protocols, name)) {
      words.fail(`there is no protocol ${name} (there are: ${Object.keys(protocols).join(', ')})`);
    }
    this.#protocol = protocols[name]!;
    const count = words.integer('how many machines', 1, MAX_MACHINES);
    words.must('seed');
    this.#seed = words.take('a seed');
    const rates = words.maybe('rates') ? readRates(words, count) : undefined;
    this.#preset = words.maybe('class') ? 'class' : 'quick';
    const range = rates?.range ?? PRESETS[this.#preset].rates;
    this.#machines = drawMachines(count, this.#seed, range).map((machine, i) => ({
      ...machine,
      ...(rates?.fixed && { ticksPerSecond: rates.fixed[i]! }),
    }));
    this.nodes = this.#machines.map(({ id }) => id);
    this.protocol = this.#create();
  }

  /** The default settings of links. */
  get network(): LinkSettings {
    return PRESETS[this.#preset].network;
  }

  /** Reads `set NAME VALUE`, from its second word on. */
  set(words: Words): void {
    const name = words.name('a setting');
    const value = readSetting(words.take(SETTING));
    if (value === undefined) words.fail(`${name} wants ${SETTING}`);
    this.#settings[name] = value;
    try {
      this.protocol = this.#create();
    } catch (error) {
      if (error instanceof RangeError) words.fail(error.message);
      throw error;
    }
  }

  /**
   * Reads `log NODE terms TERMS [at term TERM]` or `log NODE empty [at term TERM]`, from its second
   * word on.
   */
  log(words: Words): void {
    const node = words.node();
    const isEmpty = words.maybe('empty');
    if (!isEmpty) words.must('terms');
    const terms = isEmpty ? [] : words.integers('a term');
    if (terms.some((term, i) => term < (terms[i - 1] ?? 1)))
      words.fail('terms begin at 1 and never fall along a log');
    const last = terms.at(-1) ?? 0;
    const term = words.maybe('at') ? readTerm(words, last) : last;
    if (this.#logs.has(node)) words.fail(`${node} has a log already`);
    this.#logs.set(node, { terms, term });
  }

  /** What the clients use. */
  get Window(): typeof SessionWindow {
    return this.#protocol.Window;
  }

  /** The world's settings. */
  get world(): WorldSettings {
    const { network, disk } = PRESETS[this.#preset];
    const machines = this.#machines.map((machine) => {
      const { terms, term } = this.#logs.get(machine.id) ?? {};
      return terms === undefined
        ? machine
        : { ...machine, disk: this.#protocol.disk(term!, writtenEntries(terms)) };
    });
    return { ...CALM_WORLD, seed: this.#seed, machines, record: true, network, disk };
  }

  #create(): KeyValueProtocol {
    return this.#protocol.create(this.#preset, this.#settings);
  }
}

function readSetting(word: string): SettingValue | undefined {
  if (word === 'on' || word === 'off') return word === 'on';
  const match = /^(\d+)(?:-(\d+))?$/.exec(word);
  if (match === null) return /^[a-z0-9][a-z0-9/-]*$/.test(word) ? word : undefined;
  const low = Number(match[1]);
  return match[2] === undefined ? low : [low, Number(match[2])];
}

/** `1-6` to be drawn from, `100` for all, `1,3,6` one each. */
function readRates(
  words: Words,
  count: number,
): { readonly range?: readonly [number, number]; readonly fixed?: readonly number[] } {
  const word = words.take('rates');
  const range = /^(\d+)-(\d+)$/.exec(word);
  const fixed = word.split(',').map(Number);
  const rates = range === null ? fixed : [Number(range[1]), Number(range[2])];
  const isRight = rates.every((rate) => rate >= MIN_RATE && rate <= MAX_RATE);
  if (!isRight || (range !== null && rates[0]! > rates[1]!)) {
    words.fail(`rates go from ${MIN_RATE} to ${MAX_RATE}: \`100\`, \`1-6\` or \`1,3,6.5\`, not \`${word}\``);
  }
  if (range !== null) return { range: [rates[0]!, rates[1]!] };
  if (fixed.length === 1) return { fixed: Array.from({ length: count }, () => fixed[0]!) };
  if (fixed.length !== count) words.fail(`${fixed.length} rates for ${count} machines`);
  return { fixed };
}

function readTerm(words: Words, atLeast: number): number {
  words.must('term');
  return words.integer('a term', atLeast);
}
