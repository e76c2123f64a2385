/**
 * Who says that it is a member, and is no part of the same cluster. It is refused, but it goes on asking; so it is told of
 * once, and counts as long as it asks.
 */
import type { NodeId } from '../clock.ts';

/** After so long without a word (ms) nobody disagrees any more: links are tried more often than that. */
const FORGOTTEN_MS = 5_000;
/** Names that are remembered. Whoever invents names has the secret; the memory is bounded all the same. */
const MOST = 100;

/** The members that disagree. */
export class Disagreements {
  readonly #notice: (line: string) => void;
  /** When each was last heard of (`performance.now`), and what was said of it. */
  readonly #seen = new Map<NodeId, { at: number; told: string }>();

  constructor(notice: (line: string) => void) {
    this.#notice = notice;
  }

  /** Whether anybody disagrees now. */
  get isAny(): boolean {
    if (this.#seen.size === 0) return false;
    const since = performance.now() - FORGOTTEN_MS;
    for (const [peer, { at }] of this.#seen) if (at < since) this.#seen.delete(peer);
    return this.#seen.size > 0;
  }

  /** A member disagrees, or not any more. */
  note(peer: NodeId, still: boolean): void {
    if (!still) this.#seen.delete(peer);
    else if (this.#seen.size < MOST || this.#seen.has(peer)) {
      this.#seen.set(peer, { at: performance.now(), told: this.#seen.get(peer)?.told ?? '' });
    }
  }

  /** Tells a person, unless that was the last that was told of this member. */
  tell(peer: NodeId, line: string): void {
    const seen = this.#seen.get(peer);
    if (seen === undefined || seen.told === line) return;
    seen.told = line;
    this.#notice(line);
  }
}
