/** What the clients of a run have submitted, by the names of its scenario, and their side of the sessions that they opened. */
import type { KeyValueCommand } from '../../replication/core/key-value.ts';
import type { SessionWindow } from '../../replication/core/session-window.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import type { Outcome } from '../../vm/program.ts';

/** Makes the client's side of a session just opened. */
export type OpenWindow = (session: string) => SessionWindow;

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
  readonly #openWindow: OpenWindow;
  readonly #answer: (request: string) => Outcome | undefined;
  readonly #sessions = new Map<string, Session>();
  readonly #submitted = new Map<string, Submitted>();

  /** `answer`: what a request was answered. */
  constructor(openWindow: OpenWindow, answer: (request: string) => Outcome | undefined) {
    this.#openWindow = openWindow;
    this.#answer = answer;
  }

  /** `request` asks for a session. */
  open(name: string, request: string, oneByOne: boolean): void {
    this.#sessions.set(name, { request, oneByOne, window: undefined });
  }

  /** A command, in a session that is open or in none. */
  submit(name: string, command: KeyValueCommand, session: string | undefined): ProtocolRequest {
    const plain = { body: { type: 'submit', command }, ...this.#number(session) } as const;
    const body = tagged(plain);
    this.#submitted.set(name, { ...plain, body });
    return body;
  }

  /** A command again: the same in every part, or, `anew`, with what its session acknowledges by now. */
  retry(first: string, name: string, anew: boolean): ProtocolRequest {
    const submitted = this.#submitted.get(first)!;
    const body = anew ? tagged(submitted) : submitted.body;
    this.#submitted.set(name, { ...submitted, body });
    return body;
  }

  /** The client of a command has its answer, or no longer waits for it. */
  acknowledge(name: string): void {
    const { window, sequence } = this.#submitted.get(name)!;
    window?.answered(sequence);
  }

  /** Whether as many commands of a session are under way as may be. */
  isFull(session: string): boolean {
    return this.#sessions.get(session)?.window?.isFull === true;
  }

  /** The next command of a session. */
  #number(name: string | undefined): Omit<Submitted, 'body'> {
    if (name === undefined) return { window: undefined, sequence: 0 };
    const session = this.#sessions.get(name)!;
    const opened = this.#answer(session.request) as { readonly value: string };
    session.window ??= this.#openWindow(opened.value);
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
