/**
 * Seeds whose clients have several commands of one session in flight, seen in the scenarios of
 * their runs.
 */
import type { Act, Asking, RecordedScenario } from '../../../analysis/campaign/recorded-scenario.ts';
import { recordSeed } from '../../../analysis/campaign/run-seed.ts';
import { writeScenario } from '../../../analysis/campaign/write-scenario.ts';
import { runScenario } from '../../../replication/scenario/scenario.ts';
import type { SimulatedProtocol } from '../../../replication/sim/protocol.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { plantBug } from '../../support/mutant-raft.ts';

/** Fails late, so that many faults are recorded. */
const LATE = {
  file: 'election.ts',
  find: "setRole(replica, 'leader');",
  replace: "if (hard.term > 6) throw new RangeError('late');\n  setRole(replica, 'leader');",
};

/** What a scenario shows of pipelined sessions. */
class Seen {
  /** The most commands of one session that were submitted and not acknowledged. */
  depth = 0;
  /** What else was seen, in words. */
  readonly kinds = new Set<string>();
  readonly #pipelined = new Set<string>();
  readonly #sessionOf = new Map<string, string>();
  /** Commands that are not acknowledged, by session, in the order of their numbers. */
  readonly #open = new Map<string, string[]>();
  #asked: { readonly command: string; readonly node: string } | undefined;

  constructor({ steps }: RecordedScenario) {
    for (const { act } of steps) this.#see(act);
  }

  #see(act: Act): void {
    if (act.type === 'open' && !act.oneByOne) this.#pipelined.add(act.session);
    if (act.type === 'submit' && this.#pipelined.has(act.session ?? '')) this.#submit(act.name, act.session!);
    if (act.type === 'retry' && this.#sessionOf.has(act.first)) this.#retry(act);
    if (act.type === 'acknowledge') this.#acknowledge(act.request);
    const isAsked = act.type === 'submit' || act.type === 'retry';
    this.#asked = isAsked ? { command: commandOf(act), node: act.node } : undefined;
  }

  #submit(name: string, session: string): void {
    this.#sessionOf.set(name, session);
    this.#open.set(session, [...(this.#open.get(session) ?? []), name]);
    this.depth = Math.max(this.depth, this.#open.get(session)!.length);
  }

  #retry(act: Extract<Act, { type: 'retry' }>): void {
    const open = this.#open.get(this.#sessionOf.get(act.first)!)!;
    this.kinds.add(act.anew ? 'a retry that acknowledges anew' : 'an old copy');
    if (open.at(-1) !== act.first) this.kinds.add('a retry of a lower number');
    if (this.#asked?.command === act.first && this.#asked.node !== act.node)
      this.kinds.add('two machines asked at once');
  }

  #acknowledge(request: string): void {
    const open = this.#open.get(this.#sessionOf.get(request)!)!;
    if (open[0] !== request) this.kinds.add('a higher number acknowledged first');
    open.splice(open.indexOf(request), 1);
  }
}

function commandOf(act: Extract<Asking, { type: 'submit' | 'retry' }>): string {
  return act.type === 'submit' ? act.name : act.first;
}

function scenariosOf(raft: SimulatedProtocol, seeds: number): RecordedScenario[] {
  const told = Array.from({ length: seeds }, (_, i) => recordSeed(raft, i + 1).scenario);
  return told.filter((scenario) => scenario !== undefined);
}

test('in many seeds clients have several commands of a session in flight, and sessions end between two attempts', async () => {
  const { createRaft, Window, dispose } = await plantBug(LATE);
  try {
    const raft = simulatedRaft(createRaft, Window);
    const scenarios = scenariosOf(raft, 140);
    const pipelined = scenarios.filter(({ steps }) => steps.some(({ act }) => act.type === 'acknowledge'));
    expect(pipelined.length).toBeGreaterThan(10);
    expect(pipelined.length).toBeLessThan(scenarios.length);
    const seen = pipelined.map((scenario) => new Seen(scenario));
    expect(Math.max(...seen.map(({ depth }) => depth))).toBeGreaterThan(6);
    expect([...new Set(seen.flatMap(({ kinds }) => [...kinds]))].sort()).toEqual([
      'a higher number acknowledged first',
      'a retry of a lower number',
      'a retry that acknowledges anew',
      'an old copy',
      'two machines asked at once',
    ]);
    // As many as the limit allows, and sessions that end while commands of theirs are tried again.
    expect(pipelined.some((scenario) => new Seen(scenario).depth === scenario.settings.maxKeptResults)).toBe(
      true,
    );
    const protocols = { [raft.name]: raft };
    const transcripts = pipelined.map(
      (scenario) => runScenario(writeScenario(scenario), { protocols }).transcript,
    );
    expect(transcripts.some((told) => /answer to r\d+: SessionExpired/.test(told))).toBe(true);
  } finally {
    dispose();
  }
}, 120_000);
