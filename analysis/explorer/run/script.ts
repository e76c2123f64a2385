/**
 * A scenario as a run: what it sets up, what its lines do and when. It is run once, to the end or
 * to where it fails; then its inputs lead a history through the same instants.
 */
import type { ProtocolRequest } from '../../../replication/index.ts';
import { type Failure, runScenario } from '../../../replication/scenario/index.ts';
import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import type { Input, WorldSettings } from '../../../vm/sim/index.ts';

/** A scenario that has been run. */
export interface Script {
  readonly protocol: KeyValueProtocol;
  readonly settings: WorldSettings;
  readonly inputs: readonly Input<ProtocolRequest>[];
  /** The first simulation event at which each line, counted from 1, was carried out. */
  readonly reached: ReadonlyMap<number, number>;
  /** How many simulation events it takes. */
  readonly steps: number;
  /** What its comments say, and from which simulation event on: a paragraph at a time. */
  readonly narration: readonly Narration[];
  readonly failure: Failure | undefined;
}

/** What a comment says, until the next does. */
export interface Narration {
  readonly steps: number;
  readonly text: string;
}

/** The most scripts that are kept: some of them are long to run. */
const MAX_KEPT = 8;
/** The most letters of a script: a link can bring any. */
export const MAX_SCRIPT = 20_000;

const kept = new Map<string, Script>();

/** Runs a scenario, unless it was just now. Throws a `ScenarioError` for a text that is none. */
export function openScript(text: string): Script {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const script = run(text);
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(text, script);
  return script;
}

function run(text: string): Script {
  const inputs: Input<ProtocolRequest>[] = [];
  const reached = new Map<number, number>();
  let begun: { protocol: KeyValueProtocol; settings: WorldSettings } | undefined;
  let steps = 0;
  const { failure } = runScenario(text, {
    recorder: {
      begin(_program, settings, protocol) {
        begun = { protocol, settings: { ...settings, record: true } };
      },
      event() {},
      acted: (input) => inputs.push(input),
      reached(line, at) {
        reached.set(line, at);
        steps = at;
      },
    },
  });
  const { protocol, settings } = begun!;
  return { protocol, settings, inputs, reached, steps, narration: narrate(text, reached), failure };
}

/** The comments, in paragraphs: lines of comment that follow each other are one. */
function narrate(text: string, reached: ReadonlyMap<number, number>): Narration[] {
  const told: { steps: number; text: string }[] = [];
  let before = -1;
  text.split(/\r?\n/).forEach((line, i) => {
    const comment = /^\s*#\s*(.*)/.exec(line)?.[1];
    const steps = reached.get(i + 1);
    if (comment === undefined || steps === undefined) return;
    const last = told.at(-1);
    if (last !== undefined && before === i - 1) last.text += ` ${comment}`;
    else told.push({ steps, text: comment });
    before = i;
  });
  return told;
}

/** What is told after so many simulation events: the last paragraph that has begun. */
export function narrationAt({ narration }: Script, steps: number): Narration | undefined {
  return narration.findLast((told) => told.steps <= steps);
}

/** The simulation event at which the next paragraph begins; undefined after the last. */
export function nextNarration({ narration }: Script, steps: number): number | undefined {
  return narration.find((told) => told.steps > steps)?.steps;
}
