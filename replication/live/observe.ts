/**
 * The namespace `/observe` of a replica, for dashboards: its status as it changes and, where events
 * are recorded, its events. A watcher that cannot keep up misses some: nothing is kept for a
 * watcher, and nothing is done without one.
 */
import type { Namespace, Server } from 'socket.io';
import type { EventRecord } from '../../vm/index.ts';
import type { ReplicaStatus } from '../replication.ts';

/** How often watchers are sent news, in milliseconds. */
const TELL_MS = 100;
/** The most events sent at once; further ones are only counted. */
const MAX_EVENTS = 500;

/**
 * What a watcher is sent, in one message: of two volatile ones in a row, the second may be left
 * out.
 */
interface Observation {
  readonly status: ReplicaStatus;
  readonly events: readonly EventRecord[];
  /** How many events were left out after these. */
  readonly missed: number;
}

/** Events to a watcher. */
interface ObserveEvents {
  observation: (observation: Observation) => void;
}

/** Sends news of one replica to watchers. */
export class Observers {
  readonly #namespace: Namespace<Record<string, never>, ObserveEvents>;
  readonly #status: () => ReplicaStatus;
  #events: EventRecord[] = [];
  #missed = 0;
  #told = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(io: Server, status: () => ReplicaStatus) {
    this.#namespace = io.of('/observe');
    this.#status = status;
    this.#namespace.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('disconnect', () => this.#watchedOrNot());
      socket.emit('observation', { status: status(), events: [], missed: 0 });
      this.#watchedOrNot();
    });
  }

  /** Receives an event of the replica. */
  event(event: EventRecord): void {
    if (this.#timer === undefined) return;
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    else this.#missed++;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #watchedOrNot(): void {
    if (this.#namespace.sockets.size === 0) this.close();
    else this.#timer ??= setInterval(() => this.#tell(), TELL_MS);
  }

  #tell(): void {
    const status = this.#status();
    const text = JSON.stringify(status);
    if (text === this.#told && this.#events.length === 0) return;
    this.#told = text;
    this.#namespace.volatile.emit('observation', { status, events: this.#events, missed: this.#missed });
    this.#events = [];
    this.#missed = 0;
  }
}
