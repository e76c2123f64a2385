/** What the handlers of all requests share: who calls, how they submit and read, and refusals. */
import type { Consistency, SessionTag } from '../../replication/index.ts';
import { Shares } from '../../vm/live/pressure/index.ts';
import { ChatError } from '../errors.ts';
import type { ChatCommand, ChatResult, Refusal } from '../state/commands.ts';
import { PAGE_READS } from '../state/limits.ts';
import type { ChatAnswer, ChatQuery } from '../state/query-shapes.ts';
import type { RequestName, RequestOf, Values } from '../wire.ts';
import type { ChatReplication, Delivery } from './delivery.ts';
import type { Follower, FollowerRead, Outlet } from './follower.ts';
import { type ChatAsker, inTurn } from './in-turn.ts';

/** One client's connection: who it is logged in as, and what it follows. */
export interface Caller {
  readonly outlet: Outlet;
  /** Its address. */
  readonly address: string;
  /** Whether the connection has ended. */
  readonly isGone: () => boolean;
  user?: { readonly name: string; readonly login: string } | undefined;
  follower?: Follower | undefined;
  sessions: number;
}

/** What a command did, if it was not refused. */
type Done = Exclude<ChatResult, Refusal>;
type Answered = Exclude<ChatAnswer, Refusal>;

/** A function for each of these requests. */
export type HandlersOf<N extends RequestName> = {
  readonly [K in N]: (request: RequestOf<K>, caller: Caller) => Promise<Values[K]>;
};

/** What handlers work with. */
export interface HandlerOptions {
  readonly replication: ChatReplication;
  readonly consistency: Consistency;
  readonly delivery: Delivery;
}

/** A query without the login that it is asked in the name of. */
type Asked<T extends Answered['type']> = { readonly type: T } & Omit<
  Extract<ChatQuery, { type: T }>,
  'type' | 'login'
>;

/** The two lines by which a server asks the replicated state. */
export class Backend {
  readonly replication: ChatReplication;
  readonly #consistency: Consistency;
  /** Pages are large, or read many records: at most so many at once. */
  readonly #pages = new Shares(PAGE_READS);

  constructor({ replication, consistency }: HandlerOptions) {
    this.replication = replication;
    this.#consistency = consistency;
  }

  /** Submits a command. Throws its refusal. */
  async submit<T extends Done['type']>(type: T, command: ChatCommand, tag?: SessionTag) {
    return granted<Done, T>(type, await this.replication.submit(command, tag));
  }

  /** Asks a query. Throws its refusal. */
  async read<T extends Answered['type']>(query: Extract<ChatQuery, { type: T }>) {
    const answer = await this.replication.read(query, { consistency: this.#consistency });
    return granted<Answered, T>(query.type as T, answer);
  }

  /** Asks a query in the name of the caller, in turn. The answer as clients get it. */
  async page<T extends Answered['type']>(
    caller: Caller,
    asked: Asked<T>,
  ): Promise<Omit<Extract<Answered, { type: T }>, 'type'>> {
    const { name, login } = userOf(caller);
    const query = { ...asked, login } as unknown as Extract<ChatQuery, { type: T }>;
    const { type: _, ...answer } = await inTurn(this.#pages, askerOf(caller, name), () =>
      this.read<T>(query),
    );
    return answer as unknown as Omit<Extract<Answered, { type: T }>, 'type'>;
  }

  /** Reads for a caller that follows. */
  followerRead(caller: Caller, name: string): FollowerRead {
    return (query, consistency) =>
      inTurn(this.#pages, askerOf(caller, name), () => this.replication.read(query, { consistency }));
  }
}

/** Stops following. */
export function unfollow(caller: Caller, delivery: Delivery): void {
  if (caller.follower) delivery.remove(caller.follower);
  caller.follower = undefined;
}

export function userOf(caller: Caller): NonNullable<Caller['user']> {
  if (!caller.user) throw new ChatError('NotLoggedIn', 'log in first');
  return caller.user;
}

export function askerOf({ address, isGone }: Caller, account: string): ChatAsker {
  return { address, account, isGone };
}

/** The result, typed; throws a refusal. */
function granted<V extends { readonly type: string }, T extends V['type']>(
  type: T,
  value: V | Refusal,
): Extract<V, { readonly type: T }> {
  if (value.type === 'refused') {
    const { code, message } = value as Refusal;
    throw new ChatError(code, message);
  }
  // A session remembers the result by its number alone.
  if (value.type !== type) throw new ChatError('BadRequest', 'the tag belongs to another request');
  return value as Extract<V, { readonly type: T }>;
}
