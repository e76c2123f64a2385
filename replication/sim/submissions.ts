/**
 * What clients have submitted to a cluster, by names of one's own, and their side of the sessions
 * that they opened.
 */
import type { SessionWindow } from '../core/session-window.ts';
import type { ProtocolRequest } from '../protocol.ts';
import type { KeyValueCluster } from './protocol.ts';

interface Session {
  /** What asked for it. */
  readonly request: string;
  /** Whether its client has each answer before it asks for the next thing. */
  readonly oneByOne: boolean;
  /** Undefined until its first command. */
  window: SessionWindow | undefined;
}

/** A request as it was made; of a command in a session, which one. */
interface Submitted {
  readonly body: ProtocolRequest;
  readonly window: SessionWindow | undefined;
  readonly sequence: number;
}

/** The submissions of one run. */
export class Submissions {
  readonly #cluster: KeyValueCluster;
  readonly #Window: typeof SessionWindow;
  readonly #sessions = new Map<string, Session>();
  readonly #submitted = new Map<string, Submitted>();

  /** `Window`: what the clients use. */
  constructor(cluster: KeyValueCluster, Window: typeof SessionWindow) {
    this.#cluster = cluster;
    this.#Window = Window;
  }

  /** `request` asks for a session. */
  open(name: string, request: string, oneByOne: boolean): void {
    this.#sessions.set(name, { request, oneByOne, window: undefined });
  }

  isOpen(session: string): boolean {
    return this.#cluster.answer(this.#sessions.get(session)!.request)?.ok === true;
  }

  /** Whether as many commands of a session are under way as may be. */
  isFull(session: string): boolean {
    return this.#sessions.get(session)?.window?.isFull === true;
  }

  /** Whether a request was made in a session. */
  isInSession(name: string): boolean {
    return this.#submitted.get(name)!.window !== undefined;
  }

  /**
   * A request, in a session that is open or in none, as it is to be made. One without a name is
   * made but once.
   */
  submit(name: string | undefined, plain: ProtocolRequest, session: string | undefined): ProtocolRequest {
    const numbered = { body: plain, ...this.#number(session) };
    const body = tagged(numbered);
    if (name !== undefined) this.#submitted.set(name, { ...numbered, body });
    return body;
  }

  /**
   * A request again: the same in every part, or, `anew`, with what its session acknowledges by now.
   */
  retry(first: string, name: string | undefined, anew: boolean): ProtocolRequest {
    const submitted = this.#submitted.get(first)!;
    const body = anew ? tagged(submitted) : submitted.body;
    if (name !== undefined) this.#submitted.set(name, { ...submitted, body });
    return body;
  }

  /** The client of a command has its answer, or no longer waits for it. */
  acknowledge(name: string): void {
    const { window, sequence } = this.#submitted.get(name)!;
    window?.answered(sequence);
  }

  /** The next command of a session. */
  #number(name: string | undefined): Omit<Submitted, 'body'> {
    if (name === undefined) return { window: undefined, sequence: 0 };
    const session = this.#sessions.get(name)!;
    const { maxKeptResults } = this.#cluster.protocol.guarantees.sessions;
    const opened = this.#cluster.answer(session.request) as { readonly value: string };
    session.window ??= new this.#Window(opened.value, maxKeptResults);
    const { window, oneByOne } = session;
    const sequence = window.take();
    if (oneByOne) window.answered(sequence - 1);
    return { window, sequence };
  }
}

/** As it is submitted now. */
function tagged({ body, window, sequence }: Submitted): ProtocolRequest {
  return window === undefined || body.type !== 'submit' ? body : { ...body, tag: window.tag(sequence) };
}
