/**
 * Peers that say they are members but do not belong to the same cluster. They are refused and keep
 * asking: each is reported once, and counts for as long as it keeps asking.
 */
import type { NodeId } from '../clock.ts';

/**
 * A peer that has not asked for this long (ms) no longer disagrees: links are tried more often than
 * that.
 */
const FORGOTTEN_MS = 5_000;
/**
 * The most names remembered. Only a holder of the secret can invent names; memory is bounded all
 * the same.
 */
const MOST = 100;

/** The members that disagree. */
export class Disagreements {
  readonly #notice: (line: string) => void;
  /** When each was last heard from (`performance.now`), and what was last reported about it. */
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

  /** Records that a member disagrees, or no longer does. */
  note(peer: NodeId, still: boolean): void {
    if (!still) this.#seen.delete(peer);
    else if (this.#seen.size < MOST || this.#seen.has(peer)) {
      this.#seen.set(peer, { at: performance.now(), told: this.#seen.get(peer)?.told ?? '' });
    }
  }

  /**
   * Reports why a member at `address` was refused, unless that is what was last reported about it,
   * from whatever address: a connection that is gone already has none.
   */
  tell(peer: NodeId, address: string, why: string): void {
    const seen = this.#seen.get(peer);
    if (seen === undefined || seen.told === why) return;
    seen.told = why;
    this.#notice(`refused a peer from ${address}: ${why}`);
  }
}
