/**
 * What has been seen on the way to a state, as far as it decides what is wrong later: who has led
 * which term, what is committed, and what applying it did. Each is kept once.
 *
 * The same invariants as `../invariants/`, which follows one run and remembers all of it. Here the
 * memory is a part of every state, so it is as small as can be: of a vote, or of an entry on a
 * disk, nothing is remembered; a machine that has gone on to a later term may have had either.
 */
import { commandsIn } from '../core/batch.ts';
import { checkRivals, type Standing } from '../invariants/configurations.ts';
import { halves, isByAll, list, Quorums } from '../invariants/quorums.ts';
import type { Report } from '../invariants/violations.ts';
import type { Protocol, ReplicaView } from '../protocol.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import { type EntryKey, entryAt, leads, wordsOf } from './log-keys.ts';
import type { ReplicaState, Step } from './replica-state.ts';

interface Committed {
  readonly entry: EntryKey;
  /** The term of the machine that knew it first. */
  readonly byTerm: number;
}

/** What has been seen. Never changed: a step makes another one. */
export interface Seen extends Fingerprint {
  readonly id: number;
  /** By term: the place of the machine that led it. */
  readonly leaders: Readonly<Record<number, number>>;
  /** By index. */
  readonly committed: Readonly<Record<number, Committed>>;
  readonly lastCommitted: number;
  /** By index: what applying the entry did, as text. */
  readonly effects: Readonly<Record<number, string>>;
  /** Votes that were given and lost with the power: `TERM VOTER CANDIDATE`. */
  readonly lostVotes: readonly string[];
  /** By session and number: the index at which the command ran. */
  readonly ran: Readonly<Record<string, number>>;
}

/** What a step makes of what had been seen, and what is wrong then. */
interface Sight {
  readonly seen: Seen;
  readonly wrong: string | undefined;
}

type Draft = { -readonly [K in keyof Omit<Seen, 'id' | 'a' | 'b'>]: Seen[K] };

/** All that is seen in a search. */
export class Sights {
  readonly all: Seen[] = [];
  readonly #protocol: Protocol<unknown, unknown>;
  readonly #nodes: readonly string[];
  readonly #known = new Map<string, Seen>();
  readonly #quorums = new Quorums();

  constructor(protocol: Protocol<unknown, unknown>, nodes: readonly string[]) {
    this.#protocol = protocol;
    this.#nodes = nodes;
  }

  /** What is to be seen of machines as they are. */
  first(states: readonly ReplicaState[]): Seen {
    const { durable, oneLeaderPerTerm } = this.#protocol.guarantees;
    const draft: Draft = {
      leaders: {},
      committed: {},
      lastCommitted: 0,
      effects: {},
      ran: {},
      lostVotes: [],
    };
    const up = states.filter(({ status }) => status !== 'down');
    if (oneLeaderPerTerm) {
      const leading = up.filter(({ view }) => view.role === this.#protocol.leaderRole);
      draft.leaders = Object.fromEntries(leading.map(({ view, node }) => [view.term, node]));
    }
    const byTerm = Math.max(0, ...states.map(({ view }) => view.term));
    for (const state of durable ? up : []) {
      draft.lastCommitted = Math.max(draft.lastCommitted, state.view.commit);
      for (const entry of state.log) {
        if (entry.index <= state.view.commit)
          draft.committed = { ...draft.committed, [entry.index]: { entry, byTerm } };
      }
    }
    return this.#keep(draft);
  }

  /** What has been seen after a step; `states`: all machines, with the step taken. */
  see(seen: Seen, step: Step, states: (node: number) => ReplicaState): Sight {
    if (!step.isSeen) return { seen, wrong: step.wrong };
    let sight = step.seen.get(seen) as Sight | undefined;
    if (sight === undefined) {
      sight = this.#advance(seen, step);
      step.seen.set(seen, sight);
    }
    return sight.wrong === undefined
      ? { seen: sight.seen, wrong: this.#together(seen, step, states) }
      : sight;
  }

  /** What can be said of a step from what had been seen alone. */
  #advance(seen: Seen, step: Step): Sight {
    let wrong = step.wrong;
    const report: Report = (...told) => {
      wrong ??= `${this.#nodes[step.after.node]}: ${wordsOf(...told)}`;
    };
    const { durable, oneLeaderPerTerm } = this.#protocol.guarantees;
    const draft: Draft = { ...seen };
    if (step.lost !== undefined) this.#loseVote(draft, step.after, step.lost);
    if (oneLeaderPerTerm && this.#hasWon(step)) this.#elected(draft, step.after, report);
    if (durable) {
      commit(draft, step, report);
      if (this.#hasWon(step)) checkComplete(draft, step.after, report);
      apply(draft, step, report);
    }
    return { seen: this.#keep(draft), wrong };
  }

  #loseVote(draft: Draft, { node }: ReplicaState, { term, votedFor }: ReplicaView): void {
    if (votedFor !== undefined)
      draft.lostVotes = [...new Set([...draft.lostVotes, `${term} ${this.#nodes[node]} ${votedFor}`])].sort();
  }

  #hasWon({ before, after }: Step): boolean {
    return after.view.role === this.#protocol.leaderRole && !leads(before.view, after.view);
  }

  #elected(draft: Draft, { view, node }: ReplicaState, report: Report): void {
    const other = draft.leaders[view.term];
    if (other !== undefined && other !== node)
      report('election-safety', undefined, `${this.#nodes[other]} leads or led term ${view.term}`);
    draft.leaders = { ...draft.leaders, [view.term]: node };
  }

  /** What is wrong of this machine together with the others. */
  #together(seen: Seen, step: Step, states: (node: number) => ReplicaState): string | undefined {
    const { before, after } = step;
    let wrong: string | undefined;
    const report: Report = (...told) => {
      wrong ??= `${this.#nodes[after.node]}: ${wordsOf(...told)}`;
    };
    const all = this.#nodes.map((_, node) => states(node));
    if (this.#protocol.guarantees.oneLeaderPerTerm && before.log !== after.log)
      for (const other of all) matchLogs(after, other, report);
    const { configuration } = after.view;
    if (configuration === undefined) return wrong;
    const hasWon = this.#hasWon(step);
    const isLeading = after.view.role === this.#protocol.leaderRole;
    if (hasWon) this.#checkVotes(seen, step, all, report);
    if (isLeading && after.view.commit > before.view.commit) this.#checkHolders(step, all, report);
    const former = before.view.configuration;
    if (former?.index === configuration.index && !hasWon) return wrong;
    if (isLeading && !hasWon && former !== undefined && former.index !== configuration.index)
      this.#quorums.changed(former, configuration, report);
    checkRivals(
      this.#nodes[after.node]!,
      all.map((state) => this.#standing(state)),
      report,
    );
    return wrong;
  }

  #checkVotes(
    { lostVotes }: Seen,
    { before, after }: Step,
    all: readonly ReplicaState[],
    report: Report,
  ): void {
    const { term } = after.view;
    const self = this.#nodes[after.node]!;
    const mayHaveVoted = (id: string) => {
      const voter = all[this.#nodes.indexOf(id)]?.view;
      if (voter === undefined || lostVotes.includes(`${term} ${id} ${self}`)) return voter !== undefined;
      return voter.term > term || (voter.term === term && voter.votedFor === self);
    };
    if (isByEither(before.view, after.view, mayHaveVoted)) return;
    const voters = this.#nodes.filter(mayHaveVoted);
    report('elected-by-quorum', undefined, `it leads by the votes of ${list(voters)} only`);
  }

  #checkHolders({ before, after }: Step, all: readonly ReplicaState[], report: Report): void {
    const { term, commit } = after.view;
    const entry = entryAt(after, commit);
    if (entry === undefined) return;
    const mayHold = (id: string) => {
      const holder = all[this.#nodes.indexOf(id)];
      if (holder === undefined) return false;
      return holder.view.term > term || holder.view.baseIndex >= commit || entryAt(holder, commit) === entry;
    };
    if (isByEither(before.view, after.view, mayHold)) return;
    report('committed-by-quorum', commit, `only ${list(this.#nodes.filter(mayHold))} had it on disk`);
  }

  #standing({ node, view, status }: ReplicaState): Standing {
    const durable = { term: view.lastTerm, index: view.lastIndex };
    return { node: this.#nodes[node]!, view, durable, isUp: status !== 'down' };
  }

  #keep(draft: Draft): Seen {
    const { leaders, committed, lastCommitted, effects, ran, lostVotes } = draft;
    const entries = Object.values(committed).map(({ entry, byTerm }) => [entry.a, entry.b, byTerm]);
    const text = JSON.stringify([leaders, entries, lastCommitted, effects, ran, lostVotes]);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const seen = {
      ...{ leaders, committed, lastCommitted, effects, ran, lostVotes },
      ...{ id: this.all.length, ...fingerprint(`seen ${text}`) },
    };
    this.all.push(seen);
    this.#known.set(text, seen);
    return seen;
  }
}

/** Whether those that `isIn` are a quorum of the members before a step, or after it. */
function isByEither(before: ReplicaView, after: ReplicaView, isIn: (id: string) => boolean): boolean {
  return [before, after].some(
    ({ configuration }) => configuration !== undefined && isByAll(halves(configuration), isIn),
  );
}

/** A machine has learned that entries are committed. */
function commit(draft: Draft, { after }: Step, report: Report): void {
  const { view } = after;
  for (let index = view.baseIndex + 1; index <= view.commit; index++) {
    const entry = entryAt(after, index);
    if (entry === undefined) continue;
    const known = draft.committed[index];
    if (known === undefined) draft.committed = { ...draft.committed, [index]: { entry, byTerm: view.term } };
    else if (known.entry !== entry) {
      const message = `committed an entry of term ${entry.term}, others one of term ${known.entry.term}`;
      report('committed-never-changes', index, message);
      return;
    }
  }
  draft.lastCommitted = Math.max(draft.lastCommitted, view.commit);
}

/** A new leader has all that was committed in earlier terms. */
function checkComplete(draft: Draft, after: ReplicaState, report: Report): void {
  const { term, baseIndex, lastIndex } = after.view;
  for (let index = draft.lastCommitted; index > baseIndex; index--) {
    const known = draft.committed[index];
    if (known === undefined || known.byTerm >= term) continue;
    if (entryAt(after, index) === known.entry) return;
    const message = `the new leader lacks a committed entry of term ${known.entry.term}`;
    report('leader-completeness', index, `${message}; its log ends at ${lastIndex}`);
    return;
  }
}

/** A machine has applied entries. */
function apply(draft: Draft, { before, after, applied, installed }: Step, report: Report): void {
  if (before.boot !== after.boot) return;
  const fresh = new Map<number, string[]>();
  for (const { index, place, term, command, result } of applied) {
    const effects = fresh.get(index) ?? [];
    effects[place] = JSON.stringify({ term, command, result });
    fresh.set(index, effects);
  }
  for (let index = before.view.applied + 1; index <= after.view.applied; index++) {
    if (index <= installed && !fresh.has(index)) continue;
    const effects = fresh.get(index) ?? [];
    fresh.delete(index);
    const effect = effects.join('\n');
    const other = draft.effects[index];
    if (other === undefined) {
      draft.effects = { ...draft.effects, [index]: effect };
      runCommands(draft, effects, entryAt(after, index), index, report);
    } else if (other !== effect) {
      const message = `applied ${effect || 'no command'}, another replica ${other || 'no command'}`;
      report('state-machine-safety', index, message);
    }
  }
  for (const index of fresh.keys()) report('state-machine-safety', index, 'applied out of turn');
}

/** The commands of an entry that ran, of which those of a session run once. */
function runCommands(
  draft: Draft,
  effects: readonly (string | undefined)[],
  entry: EntryKey | undefined,
  index: number,
  report: Report,
): void {
  for (const [place, { tag }] of commandsIn(entry?.content).entries()) {
    if (tag === undefined || effects[place] === undefined) continue;
    const key = `${tag.session} ${tag.sequence}`;
    const earlier = draft.ran[key];
    if (earlier !== undefined) {
      const message = `command ${tag.sequence} of session ${tag.session} was applied at ${earlier} already`;
      report('exactly-once', index, message);
    }
    draft.ran = { ...draft.ran, [key]: index };
  }
}

/** Two logs with an entry of the same index and term are the same up to it. */
function matchLogs(one: ReplicaState, other: ReplicaState, report: Report): void {
  if (one === other) return;
  const first = Math.max(one.view.baseIndex, other.view.baseIndex);
  let index = Math.min(one.view.lastIndex, other.view.lastIndex);
  while (index > first && entryAt(one, index)?.term !== entryAt(other, index)?.term) index--;
  for (; index > first; index--) {
    if (entryAt(one, index) === entryAt(other, index)) continue;
    report('log-matching', index, 'another log has a different entry before one that both have');
    return;
  }
}
