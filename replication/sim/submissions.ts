/**
 * The requests that clients have made to a simulated cluster, by the names that the caller gives
 * them, and the client side of the sessions that they opened.
 */
import type { SessionWindow } from '../core/session-window.ts';
import type { ProtocolRequest } from '../protocol.ts';
import type { KeyValueCluster } from './protocol.ts';

interface Session {
  /** The id of the request that opened it. */
  readonly request: string;
  /** Whether its client waits for each answer before it sends the next command. */
  readonly oneByOne: boolean;
  /** Undefined until its first command. */
  window: SessionWindow | undefined;
}

/** A request as it was made and, if it is a command of a session, its number there. */
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

  /** `Window`: the class that numbers the commands of a session. */
  constructor(cluster: KeyValueCluster, Window: typeof SessionWindow) {
    this.#cluster = cluster;
    this.#Window = Window;
  }

  /** `request` is the id of a request that opens the session `name`. */
  open(name: string, request: string, oneByOne: boolean): void {
    this.#sessions.set(name, { request, oneByOne, window: undefined });
  }

  isOpen(session: string): boolean {
    return this.#cluster.answer(this.#sessions.get(session)!.request)?.ok === true;
  }

  /** Whether a session has as many unacknowledged commands as results are kept. */
  isFull(session: string): boolean {
    return this.#sessions.get(session)?.window?.isFull === true;
  }

  /** Whether a request was made in a session. */
  isInSession(name: string): boolean {
    return this.#submitted.get(name)!.window !== undefined;
  }

  /**
   * The request to send for `plain`: with a tag if it is in a session, which must be open. Only a
   * request with a name can be retried.
   */
  submit(name: string | undefined, plain: ProtocolRequest, session: string | undefined): ProtocolRequest {
    const numbered = { body: plain, ...this.#number(session) };
    const body = tagged(numbered);
    if (name !== undefined) this.#submitted.set(name, { ...numbered, body });
    return body;
  }

  /**
   * The request to send again: unchanged or, if `anew`, with the current acknowledgement of its
   * session. The retry gets the name `name`.
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

/** The request with the current tag of its session. */
function tagged({ body, window, sequence }: Submitted): ProtocolRequest {
  return window === undefined || body.type !== 'submit' ? body : { ...body, tag: window.tag(sequence) };
}
