/** Observing a simulated world: how logs, checks and pictures learn what happens in it. */
import type { NodeId } from '../clock.ts';
import type { EventRecord } from '../event.ts';
import type { Applied, Envelope, Outcome } from '../program.ts';
import type { Write } from '../store.ts';

/** Callbacks for what happens in a world. Observing changes nothing. */
export interface WorldObserver {
  /** An event record; its node is `world` where no machine saw it (a message lost, a fault). */
  event?(record: EventRecord): void;
  responded?(node: NodeId, request: string, outcome: Outcome): void;
  applied?(node: NodeId, entry: Applied): void;
  /** A machine has taken over another's data as of log entry `index`. */
  installed?(node: NodeId, index: number): void;
  /** A machine sends a message, whatever becomes of it. */
  sent?(from: NodeId, to: NodeId, envelope: Envelope<unknown>): void;
  /** A machine writes: durable, unless it loses power before, once `batch` is. */
  wrote?(node: NodeId, batch: number, writes: readonly Write[]): void;
  /** A machine has taken a step. */
  stepped?(node: NodeId): void;
}
