/**
 * What was typed and not sent, by conversation: kept in the browser for one account, so that a
 * reload loses nothing. Storage may be forbidden; then drafts last as long as the page.
 */
const KEY = 'tickraft.drafts';

/** The most conversations whose drafts are kept; the one unchanged for longest goes. */
const KEPT = 50;

export class Drafts {
  #owner = '';
  #drafts = new Map<string, string>();

  /** The drafts of an account; those of another are forgotten. */
  open(owner: string): void {
    this.#owner = owner;
    this.#drafts = load(owner);
  }

  of(conversation: string): string {
    return this.#drafts.get(conversation) ?? '';
  }

  keep(conversation: string, text: string): void {
    this.#drafts.delete(conversation);
    if (text !== '') this.#drafts.set(conversation, text);
    if (this.#drafts.size > KEPT) this.#drafts.delete(this.#drafts.keys().next().value!);
    try {
      localStorage.setItem(KEY, JSON.stringify({ owner: this.#owner, drafts: [...this.#drafts] }));
    } catch {
      // There is no storage, or it is full.
    }
  }
}

function load(owner: string): Map<string, string> {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as {
      owner?: string;
      drafts?: [string, string][];
    };
    return new Map(kept.owner === owner ? kept.drafts : []);
  } catch {
    return new Map();
  }
}
