/**
 * Changes that never returned and left no trace: wherever one of them may have happened, all
 * answers are the same without it. Each of them would double the orders to try.
 *
 * Take an order that explains all answers and in which such a change happened. Until the next
 * change nobody who told what was there can have come, for they would have told of it; a
 * compare-and-set without an answer that expected something else can be taken out of the order as
 * well. So the order explains all answers without it. That is not so
 * - where some operation was told only that something else was there, which may have been this:
 *   such keys are skipped;
 * - where what is written is hidden in what is appended to it: so are keys that are both written
 *   and appended to.
 */
import type { Value } from '../../vm/index.ts';
import type { Operation } from './history.ts';
import type { KeyAnswer, KeyOperation } from './models.ts';

/** The operations without those that do not matter, in the same order. */
export function withoutUnseen<T extends Operation<KeyOperation, KeyAnswer>>(
  operations: readonly T[],
): readonly T[] {
  const keys = new Map<string, Traces>();
  for (const { input, output } of operations) {
    const traces = keys.get(input.key) ?? new Traces();
    keys.set(input.key, traces);
    traces.add(input, output);
  }
  return operations.filter(
    ({ input, returnedAt }) => returnedAt !== undefined || keys.get(input.key)!.has(input),
  );
}

/** What was seen of one key. */
class Traces {
  /** Values that somebody saw or expected. */
  readonly #values = new Set<string>();
  /** Elements of lists that somebody saw. */
  readonly #elements = new Set<string>();
  /** Texts that somebody saw, one after the other. */
  #texts = '';
  #isWritten = false;
  #isAppendedTo = false;
  #isVague = false;

  add(input: KeyOperation, output: KeyAnswer | undefined): void {
    if (input.type === 'append' || input.type === 'push') this.#isAppendedTo = true;
    else if (input.type !== 'read') this.#isWritten = true;
    if (input.type === 'cas') this.#see(input.expected);
    if (output?.type === 'value') this.#see(output.value);
    else if (output?.previous !== undefined) this.#see(output.previous);
    else if (output?.type === 'mismatch') this.#isVague = true;
  }

  /** Whether an operation that never returned may have left a trace. */
  has(input: KeyOperation): boolean {
    if (input.type === 'read') return false;
    if (this.#isVague || (this.#isWritten && this.#isAppendedTo)) return true;
    if (input.type === 'append') return this.#texts.includes(input.value);
    return (input.type === 'push' ? this.#elements : this.#values).has(JSON.stringify(input.value));
  }

  #see(value: Value): void {
    this.#values.add(JSON.stringify(value));
    if (typeof value === 'string') this.#texts += `${value}\n`;
    if (Array.isArray(value)) for (const element of value) this.#elements.add(JSON.stringify(element));
  }
}
