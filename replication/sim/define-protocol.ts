/**
 * A protocol of one's own from a few handlers: what a first protocol has no use for (sessions,
 * members, a log that can be inspected) is filled in.
 *
 *     const alone = defineProtocol({
 *       name: 'alone',
 *       machine: keyValueMachine,
 *       init: () => ({}),
 *       onCommand: (_state, { id, command }, ctx) => ctx.answer(id, ctx.apply(command)),
 *     });
 */
import type { Context, Envelope, LoopPolicy } from '../../vm/index.ts';
import { EAGER } from '../core/loop-policy.ts';
import { MachineReader, MachineStore } from '../core/sessions.ts';
import type { Guarantees, LogEntryView, Protocol, ReplicaView } from '../protocol.ts';
import type { Consistency } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';

/** What handlers can use: the context of a program, and the state machine. */
export interface ProtocolContext<M, C, R, Q, A> extends Context<M> {
  /**
   * Runs a command on this replica's data, and returns its result. `at` is its place in the log,
   * where there is one, counted from 1; listeners hear of it.
   */
  apply(command: C, at?: { readonly index: number; readonly term?: number }): R;
  /** What this replica's data answers, as it is now. */
  query(query: Q): A;
  /** Answers a request, once all that was written to `disk` before is durable. */
  answer(request: string, value: unknown): void;
  /** Refuses a request that has done nothing and never will: its client may ask another replica. */
  refuse(request: string, message: string): void;
}

/** A command that a client has asked this replica to run. Answer or refuse `id`, now or later. */
export interface CommandRequest<C> {
  readonly id: string;
  readonly command: C;
}

/** A query that a client has asked this replica. Answer or refuse `id`, now or later. */
export interface ReadRequest<Q> {
  readonly id: string;
  readonly query: Q;
  readonly consistency: Consistency;
}

/** A command in the log of a replica. */
export interface LoggedCommand<C> {
  /** Default: 0. */
  readonly term?: number;
  readonly command: C;
}

/**
 * A protocol in a few handlers: `S` its state (plain data), `M` its messages (plain data). Commands
 * `C`, results `R`, queries `Q` and answers `A` are those of the state machine.
 */
export interface ProtocolDefinition<S, M, C, R, Q, A> {
  readonly name: string;
  readonly machine: StateMachine<C, R, Q, A>;
  /** When handlers run. Default: whenever something arrives, and at every tick. */
  readonly policy?: Partial<LoopPolicy>;
  /** What it claims, to which checks hold it. Default: nothing but linearizable reads. */
  readonly guarantees?: Partial<Guarantees>;
  /** The state after a start or a restart: `ctx.disk` has what was written there before. */
  init(ctx: ProtocolContext<M, C, R, Q, A>): S;
  onTick?(state: S, ctx: ProtocolContext<M, C, R, Q, A>): void;
  onMessage?(state: S, envelope: Envelope<M>, ctx: ProtocolContext<M, C, R, Q, A>): void;
  onCommand(state: S, request: CommandRequest<C>, ctx: ProtocolContext<M, C, R, Q, A>): void;
  /** Default: answers from this replica's own data. */
  onRead?(state: S, request: ReadRequest<Q>, ctx: ProtocolContext<M, C, R, Q, A>): void;
  /** Whether this replica leads, by its own account. Default: nobody ever does. */
  leads?(state: S): boolean;
  /**
   * What else can be seen of a replica: `term`, `votedFor`, `leader`, `role`, and so on. Default:
   * that nothing has happened yet. Of a log, what `log` has.
   */
  view?(state: S): Partial<ReplicaView>;
  /** The commands in its log, the first one at index 1. Default: it has none. */
  log?(state: S): readonly LoggedCommand<C>[];
}

/** The role of a replica that leads, and that of the others. */
const LEADER = 'leader';
const REPLICA = 'replica';

const NO_GUARANTEES: Guarantees = {
  ...{ oneLeaderPerTerm: false, durable: false, reads: 'linearizable', once: false, converges: false },
  servedBy: (replicas) => replicas,
  servedWhileOthersFlap: false,
  sessions: { maxSessions: 1, maxKeptResults: 1, sessionUseGrain: 1 },
};

/**
 * Makes a protocol of its handlers. Requests other than commands and queries are refused. Its log
 * counts as committed and applied as far as `view` says so, by default to its end.
 */
export function defineProtocol<S, M, C, R, Q, A>(
  definition: ProtocolDefinition<S, M, C, R, Q, A>,
): Protocol<S, M, C, R, Q, A> {
  const { name, machine, policy, guarantees } = definition;
  const extended = (ctx: Context<M>) => extend(ctx, machine);
  const view = (state: S) => viewOf(definition, state);
  return {
    ...{ name, machine, leaderRole: definition.leads === undefined ? undefined : LEADER },
    policy: { ...EAGER, ...policy },
    guarantees: { ...NO_GUARANTEES, ...guarantees },
    init: (ctx) => definition.init(extended(ctx)),
    onTick: (state, ctx) => definition.onTick?.(state, extended(ctx)),
    onMessage: (state, envelope, ctx) => definition.onMessage?.(state, envelope, extended(ctx)),
    onRequest(state, { id, body }, plain) {
      const ctx = extended(plain);
      if (body.type === 'submit') definition.onCommand(state, { id, command: body.command as C }, ctx);
      else if (body.type !== 'read')
        ctx.respond(id, { ok: false, code: 'Rejected', message: `${name} has no ${body.type}` });
      else {
        const query = body.query as Q;
        if (definition.onRead === undefined) ctx.answer(id, ctx.query(query));
        else definition.onRead(state, { id, query, consistency: body.consistency }, ctx);
      }
    },
    columns(state) {
      const { term, role, commit } = view(state);
      return { term, role, commit };
    },
    kindOf: (body) => String((body as { type?: unknown } | null)?.type ?? 'message'),
    view,
    entry: (state, index) => entryOf(definition.log?.(state)[index - 1], index),
  };
}

/** The context with the state machine. */
function extend<M, C, R, Q, A>(
  ctx: Context<M>,
  machine: StateMachine<C, R, Q, A>,
): ProtocolContext<M, C, R, Q, A> {
  const more: Omit<ProtocolContext<M, C, R, Q, A>, keyof Context<M>> = {
    apply(command, at) {
      const position = { index: at?.index ?? 0, place: 0, term: at?.term ?? 0 };
      const result = machine.apply(command, new MachineStore(ctx.data), position);
      ctx.applied({ ...position, command, result });
      return result;
    },
    query: (query) => machine.query(query, new MachineReader(ctx.data)),
    answer: (request, value) => ctx.respond(request, { ok: true, value }),
    refuse: (request, message) => ctx.respond(request, { ok: false, code: 'NoLeader', message }),
  };
  // Not a copy: `now` changes.
  return Object.assign(Object.create(ctx) as Context<M>, more);
}

function viewOf<S, M, C, R, Q, A>(definition: ProtocolDefinition<S, M, C, R, Q, A>, state: S): ReplicaView {
  const log = definition.log?.(state) ?? [];
  const length = log.length;
  return {
    ...{
      role: definition.leads?.(state) ? LEADER : REPLICA,
      term: 0,
      votedFor: undefined,
      leader: undefined,
    },
    ...{ recovery: 'normal', votes: {}, electionAt: undefined, baseIndex: 0, baseTerm: 0 },
    ...{ commit: length, applied: length, lastIndex: length, lastTerm: log.at(-1)?.term ?? 0 },
    ...definition.view?.(state),
  };
}

function entryOf<C>(logged: LoggedCommand<C> | undefined, index: number): LogEntryView | undefined {
  if (logged === undefined) return undefined;
  return { index, term: logged.term ?? 0, label: 'command', content: logged.command };
}
