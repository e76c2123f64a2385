/**
 * Split brain: two replicas that lead at the same time, and both decide. A leader that was deposed
 * and does not know it yet is none as long as it cannot commit what was asked of it since: what it
 * had on its way before may still be committed, and the next leader has that too.
 */
import type { NodeId } from '../../vm/index.ts';
import type { ReplicaView } from '../protocol.ts';

/** A replica's time as a leader. Times are virtual microseconds. */
interface Stint {
  readonly node: NodeId;
  readonly term: number;
  readonly fromUs: number;
  /** Its last step as one: later it may be off, or hang. */
  lastUs: number;
  lastIndex: number;
}

/** Two that lead at once. */
interface Rivals {
  readonly fromUs: number;
  readonly sides: readonly [Side, Side];
}

/** One of them, how long its log was when both led, and whether it has committed more since. */
interface Side {
  readonly stint: Stint;
  readonly mark: number;
  decides: boolean;
}

/** Watches the leaders of a run. */
export class SplitBrain {
  readonly #leaderRole: string | undefined;
  readonly #stints = new Map<NodeId, Stint>();
  readonly #rivals: Rivals[] = [];
  /** By term: who led it first. */
  readonly #terms = new Map<number, NodeId>();
  #sharedTerm: string | undefined;

  /** `leaderRole` as in `Protocol`. */
  constructor(leaderRole: string | undefined) {
    this.#leaderRole = leaderRole;
  }

  /** A term that two replicas have led, in words; undefined if there is none. */
  get sharedTerm(): string | undefined {
    return this.#sharedTerm;
  }

  /** A replica has taken a step. */
  stepped(node: NodeId, view: ReplicaView, nowUs: number): void {
    const stint = this.#stints.get(node);
    if (view.role !== this.#leaderRole) {
      this.#stints.delete(node);
      return;
    }
    const own = stint?.term === view.term ? stint : this.#begin(node, view, nowUs);
    own.lastUs = nowUs;
    own.lastIndex = view.lastIndex;
    for (const { sides } of this.#rivals) {
      for (const side of sides) if (side.stint === own) side.decides ||= view.commit > side.mark;
    }
  }

  /** How long two led at once and both decided, in virtual microseconds. */
  get us(): number {
    let end = 0;
    let sum = 0;
    for (const { fromUs, sides } of this.#rivals) {
      if (!sides.every(({ decides }) => decides)) continue;
      const from = Math.max(end, fromUs);
      const to = Math.min(...sides.map(({ stint }) => stint.lastUs));
      sum += Math.max(0, to - from);
      end = Math.max(end, to);
    }
    return sum;
  }

  /** Two that both decided, in words; undefined if there were none. */
  get split(): string | undefined {
    const rivals = this.#rivals.find(({ sides }) => sides.every(({ decides }) => decides));
    if (rivals === undefined) return undefined;
    const [one, other] = rivals.sides.map(({ stint }) => stint.node).sort();
    return `${one} and ${other} both led and decided from ${rivals.fromUs / 1000} ms on`;
  }

  #begin(node: NodeId, { term, lastIndex }: ReplicaView, fromUs: number): Stint {
    const stint = { node, term, fromUs, lastUs: fromUs, lastIndex };
    const first = this.#terms.get(term) ?? node;
    this.#terms.set(term, first);
    // Where there are no terms, all have the same.
    if (term > 0 && first !== node) this.#sharedTerm ??= `${first} and ${node} have both led term ${term}`;
    this.#stints.delete(node);
    for (const other of this.#stints.values()) {
      const sides = [stint, other].map((one) => ({ stint: one, mark: one.lastIndex, decides: false }));
      this.#rivals.push({ fromUs, sides: sides as [Side, Side] });
    }
    this.#stints.set(node, stint);
    return stint;
  }
}
