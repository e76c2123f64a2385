/**
 * The namespace `/observe` of a replica, for dashboards: its status as it changes and, where events are recorded,
 * its events. Whoever cannot keep up misses some: nothing is kept for a watcher, and nothing is done without one.
 */
import type { Server } from 'socket.io';
import type { EventRecord } from '../../vm/event.ts';
import type { ReplicaStatus } from '../replication.ts';

/** How often watchers are told, in milliseconds. */
const TELL_MS = 100;
/** Events told at once; more in the meantime are counted only. */
const MAX_EVENTS = 500;

/** Events to a watcher. */
export interface ObserveEvents {
  status: (status: ReplicaStatus) => void;
  /** `missed` counts events left out before these. */
  events: (events: readonly EventRecord[], missed: number) => void;
}

/** Tells watchers of one replica. */
export class Observers {
  readonly #namespace;
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
      socket.emit('status', status());
      this.#watchedOrNot();
    });
  }

  /** Takes an event of the replica. */
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
    if (text !== this.#told) this.#namespace.volatile.emit('status', status);
    this.#told = text;
    if (this.#events.length > 0) this.#namespace.volatile.emit('events', this.#events, this.#missed);
    this.#events = [];
    this.#missed = 0;
  }
}
