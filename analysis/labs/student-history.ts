/** What clients of a student's program were told, each answer looked at when it comes. */
import type { ProtocolRequest } from '../../replication/index.ts';
import type { Outcome } from '../../vm/index.ts';
import { ClientHistory } from '../campaign/client-history.ts';

/** An answer that is none. The message is one line. */
class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** A client history that refuses answers of the wrong form. */
export class StudentHistory extends ClientHistory {
  /** The commands that wait for their answers. */
  readonly #commands = new Set<string>();

  override asked(id: string, node: string, body: ProtocolRequest, atUs: number): void {
    if (body.type === 'submit') this.#commands.add(id);
    super.asked(id, node, body, atUs);
  }

  override answered(id: string, outcome: Outcome, atUs: number): void {
    const { done } = ((outcome.ok ? outcome.value : {}) ?? {}) as { readonly done?: unknown };
    if (outcome.ok && this.#commands.has(id) && typeof done !== 'boolean') {
      const told = JSON.stringify(outcome.value) ?? typeof outcome.value;
      throw new WrongAnswer(
        `a command was answered ${told}: answer what ctx.apply returned, or { done: true }`,
      );
    }
    super.answered(id, outcome, atUs);
  }
}
