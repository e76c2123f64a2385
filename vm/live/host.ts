/**
 * The live host: runs one machine in real time. It ticks the machine, delivers what arrives, and
 * carries out the effects of every step in order: on the links, the disk, the log, and as answers
 * to requests.
 *
 * For an eager program all that arrives in one turn of the event loop is handled in one step, so a
 * busy machine writes and sends in batches without waiting for them to fill; for any other program
 * only ticks look into the inbox. A program that throws or a disk that fails stops the host: a
 * machine that continued after that could forget a promise it has made. A full disk does not: what
 * depends on something on it is held back by the machine until there is space, and requests are
 * refused meanwhile. When too much is held back, the machine pauses as if its process were stopped.
 *
 * Left out: running several machines in one process; each host has its own timer and links.
 */
import { isPlausibleStamp, type NodeId } from '../clock.ts';
import { LiveError, reason } from '../errors.ts';
import type { EventFields, EventKind, EventRecord } from '../event.ts';
import { writeDetail } from '../event-detail.ts';
import { Machine } from '../machine.ts';
import type { InboxItem } from '../machine-state.ts';
import type { Applied, ClockSettings, Effect, Envelope, Outcome, Program, Roster } from '../program.ts';
import type { SpaceChange } from './disk/disk-space.ts';
import type { LiveDisk } from './disk/durable-disk.ts';
import type { Links } from './links.ts';
import type { LinkEvents } from './peer-link.ts';
import { stopBySteps } from './process/deadline.ts';
import { Ticker } from './ticker.ts';

/** Options of a live host. */
export interface HostOptions<S, M, Q> {
  readonly program: Program<S, M, Q>;
  readonly self: NodeId;
  readonly peers: readonly NodeId[];
  /** Whether this machine is added to a cluster that there is. Default: false. */
  readonly joining?: boolean | undefined;
  readonly disk: LiveDisk;
  /** Makes the links, given their event handlers. */
  readonly connect: (events: LinkEvents<M>) => Links<M>;
  /** Ticks a second. */
  readonly rate: number;
  readonly seed: string | number;
  readonly clock: ClockSettings;
  /** Receives the rows of the event log; without it no events are made. */
  readonly record?: ((event: EventRecord) => void) | undefined;
  /** Called once if the host has stopped by itself, with the reason. */
  readonly onFailure: (error: LiveError) => void;
  /** Called with messages for the operator, a line each. */
  readonly onNotice?: ((line: string) => void) | undefined;
  /** Called after every step with the program's state, which it must not change. */
  readonly onStep?: ((state: S) => void) | undefined;
}

/**
 * The most messages and requests in the inbox. Further requests are refused, further messages
 * dropped.
 */
const MAX_INBOX = 50_000;
/**
 * The most writes, with what waits for them, that may wait on a full disk; beyond that the machine
 * pauses.
 */
const MAX_HELD = 10_000;
/**
 * How long a stop waits for the links and the disk, in milliseconds. What was acknowledged is on
 * the disk already.
 */
const CLOSE_LINKS_MS = 500;
const CLOSE_DISK_MS = 3_000;

/**
 * Wall-clock time in microseconds since 1970. It never runs backwards, even if the system's clock
 * is changed.
 */
export function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** A machine in real time. */
export class LiveHost<S, M, Q> {
  readonly #options: HostOptions<S, M, Q>;
  readonly #machine: Machine<S, M, Q>;
  readonly #links: Links<M>;
  /** The names that clocks may have; undefined where machines come and go. */
  #members: ReadonlySet<NodeId> | undefined;
  #roster: Roster | undefined;
  readonly #requests = new Map<string, { resolve(outcome: Outcome): void; reject(error: LiveError): void }>();
  readonly #appliedListeners = new Set<(entry: Applied) => void>();
  readonly #installedListeners = new Set<(index: number) => void>();
  /** Undefined while the machine starts. */
  readonly #ticker: Ticker | undefined;
  /** The cluster's id as the program has it. */
  #clusterId: string | undefined;
  #requestCount = 0;
  #effects: Effect<M>[] = [];
  #carrying = false;
  #work: NodeJS.Immediate | undefined;
  #commit: Promise<number> | undefined;
  #stopped: LiveError | undefined;

  /**
   * Starts the machine. Throws a `LiveError` if its program cannot start from what is on the disk.
   */
  constructor(options: HostOptions<S, M, Q>) {
    this.#options = options;
    const { program, self, peers, joining, disk, seed, clock, record } = options;
    const due = () => this.#ticker?.due ?? 0;
    const settings = {
      ...{ self, peers, joining, disk, seed, clock, due },
      ...{ boot: disk.boot, record: record !== undefined },
    };
    this.#machine = new Machine(program, settings);
    this.#members = joining ? undefined : new Set([self, ...peers]);
    let first: Effect<M>[];
    try {
      first = this.#machine.start(nowUs());
    } catch (error) {
      throw programFailure(program.name, error);
    }
    this.#clusterId = program.clusterId?.(this.#machine.state.program);
    if (this.#clusterId !== undefined) disk.identify(this.#clusterId);
    this.#links = options.connect({
      message: (envelope) => this.#arrive({ envelope }),
      link: (peer, up) => this.#deliver({ link: peer, up }),
      joined: (peer) => this.#deliver({ link: peer, up: true }),
      clusterId: (id) => this.#toldClusterId(id),
      dropped: (peer, message, why, body) => this.#dropped(peer, message, why, body as M | undefined),
      notice: (line) => options.onNotice?.(line),
    });
    this.#followRoster();
    disk.onSpaceChange((news) => this.#spaceChanged(news));
    this.#carryOut(first);
    if (disk.clusterId !== undefined) this.#toldClusterId(disk.clusterId);
    this.#ticker = new Ticker(options.rate, {
      tick: () => this.#tick(),
      catchUp: () => this.#doWork(),
      skipped: (ticks) => {
        this.#machine.skip(ticks);
        this.witness('fault', { kind: 'clock', detail: writeDetail({ skipped_ticks: ticks }) });
      },
    });
  }

  /** The program's state. Read it, never change it. */
  get state(): S {
    return this.#machine.state.program;
  }

  /**
   * Submits a request to the program. Resolves with its answer; rejects with `DiskFull` if there is
   * no space on the disk, with `Overloaded` if too much waits already (in both cases nothing
   * happened), with `Interrupted` if the disk fills up before the answer, and with `Stopped` if the
   * host stops before it.
   */
  request(body: Q): Promise<Outcome> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (this.#options.disk.isFull) return Promise.reject(this.#diskFull('DiskFull'));
    if (this.#isFull())
      return Promise.reject(new LiveError('Overloaded', `${MAX_INBOX} requests are waiting already`));
    const id = `q${this.#machine.options.boot}-${++this.#requestCount}`;
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
      this.#deliver({ request: { id, body } });
    });
  }

  /**
   * Calls `listener` for every entry applied from now on, in order. Returns a function that
   * unsubscribes it.
   */
  onApplied(listener: (entry: Applied) => void): () => void {
    this.#appliedListeners.add(listener);
    return () => void this.#appliedListeners.delete(listener);
  }

  /**
   * Calls `listener` whenever the data was replaced by another machine's, as of a log entry.
   * Returns a function that unsubscribes it.
   */
  onInstalled(listener: (index: number) => void): () => void {
    this.#installedListeners.add(listener);
    return () => void this.#installedListeners.delete(listener);
  }

  /**
   * Stops the machine and closes links and disk, within a few seconds. What has not been answered
   * is rejected as `Stopped`. Rejects with `StopIncomplete` if links or disk could not be closed.
   */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#carryOut(this.#machine.stop(nowUs()));
    this.#end(new LiveError('Stopped', `${this.#options.self} has stopped`));
    await stopBySteps([
      { what: 'closing the links', ms: CLOSE_LINKS_MS, run: () => this.#links.close() },
      { what: 'closing the disk', ms: CLOSE_DISK_MS, run: () => this.#options.disk.close() },
    ]);
  }

  /** Whether it has stopped, or is about to close its disk. */
  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** The id of the cluster, once it is known here. */
  get clusterId(): string | undefined {
    return this.#options.disk.clusterId;
  }

  /** The cluster's id has been reported: passed to the program, if it does not know it yet. */
  #toldClusterId(id: string): void {
    const { program } = this.#options;
    if (program.onClusterId && program.clusterId?.(this.state) === undefined)
      this.#deliver({ clusterId: id });
  }

  /** Records the cluster id that the program has agreed on with its peers, and announces it. */
  #learnClusterId(): void {
    const { program, disk } = this.#options;
    const id = program.clusterId?.(this.state);
    if (id === undefined || id === this.#clusterId) return;
    this.#clusterId = id;
    try {
      disk.identify(id);
    } catch (error) {
      this.#fail(error as LiveError);
      return;
    }
    this.#links.identify(id);
  }

  /** Links to the machines that the program has for its cluster now. */
  #followRoster(): void {
    const roster = this.#options.program.roster?.(this.state);
    if (roster === this.#roster) return;
    const isFirst = this.#roster === undefined && roster?.version === 0;
    this.#roster = roster;
    if (roster === undefined || isFirst) return;
    this.#members = undefined;
    this.#links.follow(roster);
  }

  #isFull(): boolean {
    return this.#machine.state.inbox.length >= MAX_INBOX;
  }

  #standsStill(): boolean {
    const { disk } = this.#options;
    return disk.isFull && disk.unwritten + this.#machine.state.held.length >= MAX_HELD;
  }

  #tick(): void {
    if (this.#standsStill()) this.#machine.skip(1);
    else this.#step(() => this.#machine.tick(nowUs()));
  }

  #diskFull(code: 'DiskFull' | 'Interrupted'): LiveError {
    return new LiveError(code, `the disk of ${this.#options.self} is full`);
  }

  /**
   * The disk has filled up or has space again. Requests that only free space could answer are
   * rejected.
   */
  #spaceChanged({ full, line }: SpaceChange): void {
    if (this.#stopped) return;
    this.#options.onNotice?.(line);
    this.witness('fault', { kind: full ? 'disk-full' : 'disk-free' });
    if (full) this.#rejectAll(this.#diskFull('Interrupted'));
  }

  #rejectAll(error: LiveError): void {
    for (const { reject } of this.#requests.values()) reject(error);
    this.#requests.clear();
  }

  #arrive(item: { readonly envelope: Envelope<M> }): void {
    const { from, id } = item.envelope;
    if (!this.#isSound(item.envelope)) this.#dropped(from, undefined, 'malformed');
    else if (this.#isFull()) this.#dropped(from, id, 'inbox full');
    else if (this.#standsStill()) this.#dropped(from, id, 'disk full');
    else this.#deliver(item);
  }

  /**
   * Whether a message may reach the program: a malformed one could break it, a clock far ahead
   * would spoil all clocks.
   */
  #isSound(envelope: Envelope<M>): boolean {
    const { state } = this.#machine;
    const { program } = this.#options;
    if (!isPlausibleStamp(state, envelope, this.#members)) return false;
    return program.isMessage?.(envelope.body, state.program) ?? true;
  }

  #deliver(item: InboxItem<M, Q>): void {
    if (this.#stopped || this.#standsStill()) return;
    this.#machine.deliver(item);
    if (this.#options.program.policy.eager) this.#work ??= setImmediate(() => this.#doWork());
  }

  #doWork(): void {
    clearImmediate(this.#work);
    this.#work = undefined;
    if (this.#options.program.policy.eager && this.#machine.state.inbox.length > 0) {
      this.#step(() => this.#machine.work(nowUs()));
    }
  }

  #step(take: () => Effect<M>[]): void {
    if (this.#stopped) return;
    let effects: Effect<M>[];
    try {
      effects = take();
    } catch (error) {
      this.#fail(programFailure(this.#options.program.name, error));
      return;
    }
    this.#carryOut(effects);
    this.#learnClusterId();
    this.#followRoster();
    this.#options.onStep?.(this.state);
  }

  /**
   * Carries effects out in order, also those of a step that one of them causes (a send that finds
   * its link closed is a drop, and so an event): they come after those already queued.
   */
  #carryOut(effects: readonly Effect<M>[]): void {
    this.#effects.push(...effects);
    if (this.#carrying) return;
    this.#carrying = true;
    try {
      // The array grows while it is walked.
      for (const effect of this.#effects) this.#carry(effect);
    } finally {
      this.#effects = [];
      this.#carrying = false;
    }
  }

  #carry(effect: Effect<M>): void {
    switch (effect.type) {
      case 'send':
        this.#links.send(effect.to, effect.envelope, effect.lazy);
        break;
      case 'persist':
        this.#persist(effect);
        break;
      case 'respond':
        this.#respond(effect.request, effect.outcome);
        break;
      case 'applied':
        for (const listener of this.#appliedListeners) listener(effect.entry);
        break;
      case 'installed':
        for (const listener of this.#installedListeners) listener(effect.index);
        break;
      case 'event':
        this.#options.record?.(effect.event);
        break;
    }
  }

  #persist({ batch, writes, lazy }: Extract<Effect<M>, { type: 'persist' }>): void {
    const commit = this.#options.disk.persist(batch, writes, lazy);
    // Batches that go to disk together share one promise, and become durable in one step.
    if (commit === this.#commit) return;
    this.#commit = commit;
    commit.then(
      (durable) => this.#step(() => this.#machine.durable(durable, nowUs())),
      (error: LiveError) => this.#fail(error),
    );
  }

  #respond(id: string, outcome: Outcome): void {
    this.#requests.get(id)?.resolve(outcome);
    this.#requests.delete(id);
  }

  /** `body`: what was meant for `peer` and was never sent. */
  #dropped(peer: NodeId, message: string | undefined, why: string, body?: M): void {
    this.witness('drop', { peer, message, detail: writeDetail({ why }) });
    if (body !== undefined) this.#deliver({ dropped: body, to: peer });
  }

  /** Notes an event that the machine did not see. */
  witness(event: EventKind, fields: EventFields): void {
    this.#step(() => this.#machine.witness(event, fields, nowUs()));
  }

  #fail(error: LiveError): void {
    if (this.#stopped) return;
    this.#end(error);
    // The host has failed already; what these report comes second.
    this.#links.close().catch(() => {});
    this.#options.disk.close().catch(() => {});
    this.#options.onFailure(error);
  }

  #end(error: LiveError): void {
    this.#stopped = error;
    this.#ticker?.stop();
    clearImmediate(this.#work);
    this.#rejectAll(error);
  }
}

function programFailure(name: string, error: unknown): LiveError {
  if (error instanceof LiveError) return error;
  return new LiveError('ProgramFailed', `${name} failed: ${reason(error)}`, error);
}
