/**
 * What the clients of a run asked for and were told, and whether all of it can be true: changes and
 * reads, by leases too, must be linearizable, and everything that was ever seen of a list, by stale
 * reads too, must be a prefix of the same list.
 *
 * Requests that carry one session tag are one operation, however often it was tried: all its
 * answers must be the same. It never happened if every attempt was refused for certain; it may have
 * happened at any time, or never, if one was not answered, or without saying whether it happened.
 */
import {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  refusesAttempt,
} from '../../replication/core/index.ts';
import type { ProtocolRequest } from '../../replication/index.ts';
import type { HistoryCheck, HistoryGuarantee } from '../../replication/scenario/index.ts';
import type { Guarantees } from '../../replication/sim/index.ts';
import type { Outcome, Value } from '../../vm/index.ts';
import {
  acknowledgedSurvive,
  commandsOnce,
  lastWriterStays,
  noLostUpdates,
} from '../consistency/lost-updates.ts';
import {
  type Finals,
  monotonicReads,
  monotonicWrites,
  readYourWrites,
} from '../consistency/session-guarantees.ts';
import type { Breach, KeyCall } from '../consistency/versions.ts';
import { checkLinearizability, type LinearizabilityVerdict } from '../linearizability/check.ts';
import type { Budget, Operation } from '../linearizability/history.ts';
import { type KeyAnswer, type KeyOperation, keyValueModel } from '../linearizability/models.ts';
import { withoutUnseen } from '../linearizability/unseen.ts';
import { ListOracle } from './list-oracle.ts';

/** An operation, and the requests that began it and were answered, by their ids. */
interface ClientOperation extends Operation<KeyOperation, KeyAnswer> {
  readonly asked?: string;
  readonly answered?: string | undefined;
}

type ClientVerdict = LinearizabilityVerdict<KeyOperation, KeyAnswer>;

/** The verdict on a history. */
export interface HistoryVerdict {
  /**
   * The contradiction, in words: one line that says what, and for a history that is not
   * linearizable a smallest part that shows it.
   */
  readonly contradiction: string | undefined;
  /** Keys whose history was too hard to decide. */
  readonly undecided: readonly string[];
}

/** An operation in the making. Times in virtual microseconds. */
interface Pending {
  /** Who asked; where that is not known, the machine that was asked first. */
  readonly client: string;
  readonly calledAt: number;
  readonly input: KeyOperation;
  readonly asked: string;
  answered: string | undefined;
  returnedAt: number | undefined;
  output: KeyAnswer | undefined;
  /** Attempts whose end is not known to be harmless, and those that were refused. */
  open: number;
  refused: number;
}

/**
 * How long to search: counted in checks of the budget, so that the same history gives the same
 * verdict on every machine.
 */
const LOOKS = 2_000;

const MODEL = keyValueModel(null);

/** What a history is held to: what the protocol guarantees (`replication/protocol.ts`). */
export type HistoryClaims = Pick<Guarantees, 'durable' | 'reads' | 'once'>;

const ALL_CLAIMS: HistoryClaims = { durable: true, reads: 'linearizable', once: true };

/** What is held to which guarantee. */
const CHECKS: Readonly<
  Record<HistoryGuarantee, (calls: readonly KeyCall[], finals: Finals) => Breach | undefined>
> = {
  'read-your-writes': readYourWrites,
  'monotonic-reads': monotonicReads,
  'monotonic-writes': monotonicWrites,
  'no-lost-updates': noLostUpdates,
  'acknowledged-survive': acknowledgedSurvive,
  'last-writer-stays': lastWriterStays,
  'commands-once': commandsOnce,
};

/** The history of one run, of clients of the key-value machine. */
export class ClientHistory implements HistoryCheck {
  /** Changes that clients were told are done, and reads that were answered. */
  acknowledged = 0;
  reads = 0;
  readonly #operations = new Map<string, Pending>();
  /** By request: the operation, or undefined for a stale read. */
  readonly #requests = new Map<string, { readonly operation: Pending | undefined; readonly key: string }>();
  readonly #lists = new ListOracle();
  readonly #claims: HistoryClaims;
  #differingRepeat: string | undefined;
  /**
   * Where a message may come twice, a request may, too: when its copy is refused it may have been
   * served.
   */
  #duplicates = false;

  /** By default all is claimed. */
  constructor(claims: HistoryClaims = ALL_CLAIMS) {
    this.#claims = claims;
  }

  /** The first two answers to one command that are not the same, in words. */
  get differingRepeat(): string | undefined {
    return this.#differingRepeat;
  }

  /** The keys that anybody asked about. */
  get keys(): readonly string[] {
    return [...new Set([...this.#requests.values()].map(({ key }) => key))];
  }

  /**
   * What may have happened. Where it is not known who asked, the machine stands that was asked
   * first.
   */
  get operations(): readonly ClientOperation[] {
    return [...this.#operations.values()]
      .filter((operation) => operation.returnedAt !== undefined || this.#mayHappen(operation))
      .map(({ open: _open, refused: _refused, ...rest }) => rest);
  }

  /** The network may deliver messages more than once. */
  duplicates(): void {
    this.#duplicates = true;
  }

  /** A client asks `node`. */
  asked(id: string, node: string, body: ProtocolRequest, atUs: number, client = node): void {
    const input = operationOf(body);
    if (input === undefined) return;
    if (body.type === 'read' && body.consistency === 'stale') {
      this.#requests.set(id, { operation: undefined, key: input.key });
      return;
    }
    const tag = body.type === 'submit' ? body.tag : undefined;
    const name = tag === undefined ? id : `${tag.session}/${tag.sequence}`;
    const operation = this.#operations.get(name) ?? begun(id, client, atUs, input);
    this.#operations.set(name, operation);
    operation.open++;
    this.#requests.set(id, { operation, key: input.key });
    if (input.type !== 'read') this.#lists.changes(input.key, input.type === 'append');
  }

  /** A client receives an answer. */
  answered(id: string, outcome: Outcome, atUs: number): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    const { operation, key } = request;
    if (!outcome.ok) {
      if (operation === undefined || !refusesAttempt(outcome.code)) return;
      operation.open--;
      operation.refused++;
      return;
    }
    const answer = answerOf(operation?.input, outcome.value);
    this.#lists.sees(key, seen(operation?.input, answer));
    if (operation === undefined || operation.input.type === 'read') this.reads++;
    if (operation === undefined) return;
    if (operation.returnedAt !== undefined) {
      this.#compare(operation, answer);
      return;
    }
    if (operation.input.type !== 'read') this.acknowledged++;
    operation.answered = id;
    operation.returnedAt = atUs;
    operation.output = answer;
  }

  /** Whether an operation without an acknowledgement may have happened all the same. */
  #mayHappen({ open, refused }: Pending): boolean {
    return open > 0 || (this.#duplicates && refused > 0);
  }

  #compare({ input, output }: Pending, answer: KeyAnswer): void {
    if (!this.#claims.once || JSON.stringify(answer) === JSON.stringify(output)) return;
    const [first, second] = [output, answer].map((told) => MODEL.describe(input, told));
    this.#differingRepeat ??= `repeat-answer violated: a command was told ${first}, and when it was tried again, ${second}`;
  }

  /**
   * What breaks a guarantee, in words. Of what is there at the end, only what all replicas hold is
   * held against it.
   */
  broken(guarantee: HistoryGuarantee, finals: (key: string) => readonly Value[]): string | undefined {
    if (guarantee === 'commands-once' && this.#differingRepeat !== undefined) return this.#differingRepeat;
    const ends = this.keys.flatMap((key): [string, Value][] => {
      const values = finals(key);
      const isAgreed = new Set(values.map((value) => JSON.stringify(value))).size === 1;
      return isAgreed ? [[key, values[0]!]] : [];
    });
    return CHECKS[guarantee](this.operations, new Map(ends))?.message;
  }

  /** What cannot be true, in words. */
  contradiction(): string | undefined {
    return this.verdict().contradiction;
  }

  /**
   * Whether it can be true. `finals`: what every key holds at the end, which is a read like any
   * other.
   */
  verdict(finals: ReadonlyMap<string, Value> = new Map(), atUs = 0): HistoryVerdict {
    for (const [key, value] of finals) this.#lists.sees(key, value);
    if (this.#claims.reads !== 'linearizable') return this.#weaker();
    if (this.#differingRepeat !== undefined) return { contradiction: this.#differingRepeat, undecided: [] };
    const { contradiction, undecided } = this.linearizability(finals, atUs);
    return { contradiction: contradiction ?? this.#lists.contradiction, undecided };
  }

  /** Whether it is linearizable, whatever is claimed. */
  linearizability(finals: ReadonlyMap<string, Value>, atUs: number): HistoryVerdict {
    const operations = [...this.operations];
    for (const [key, value] of finals) operations.push(finalRead(key, value, atUs));
    const telling = withoutUnseen(operations);
    const verdict = check(telling);
    if (verdict.verdict === 'violated') return { contradiction: describe(telling, verdict), undecided: [] };
    return { contradiction: undefined, undecided: verdict.verdict === 'unknown' ? verdict.undecided : [] };
  }

  /** What is left to check where reads may be old: that no list was ever taken back. */
  #weaker(): HistoryVerdict {
    const seen = this.#claims.durable ? this.#lists.contradiction : undefined;
    return { contradiction: this.#differingRepeat ?? seen, undecided: [] };
  }
}

function begun(asked: string, client: string, calledAt: number, input: KeyOperation): Pending {
  const end = { answered: undefined, returnedAt: undefined, output: undefined };
  return { asked, client, calledAt, input, ...end, open: 0, refused: 0 };
}

/** What a request does to the keys; undefined for one that has nothing to do with them. */
function operationOf(body: ProtocolRequest): KeyOperation | undefined {
  if (body.type === 'read') return { type: 'read', key: (body.query as KeyValueQuery).key };
  if (body.type !== 'submit') return undefined;
  const command = body.command as KeyValueCommand;
  if (command.type === 'put') return { ...command, type: 'write' };
  return command.type === 'delete' ? { type: 'write', key: command.key, value: null } : command;
}

function answerOf(input: KeyOperation | undefined, value: unknown): KeyAnswer {
  if (input === undefined || input.type === 'read') return { type: 'value', value: value as Value };
  const { done, previous } = value as KeyValueResult;
  return { type: done ? 'done' : 'mismatch', previous };
}

/** What the key held once the operation was done. */
function seen(input: KeyOperation | undefined, answer: KeyAnswer): Value {
  if (answer.type === 'value') return answer.value;
  const previous = answer.previous ?? null;
  return input?.type === 'append' ? `${previous ?? ''}${input.value}` : previous;
}

function finalRead(key: string, value: Value, atUs: number): ClientOperation {
  const output = { type: 'value', value } as const;
  return { client: 'all', calledAt: atUs, returnedAt: atUs, input: { type: 'read', key }, output };
}

function check(operations: readonly ClientOperation[]): ClientVerdict {
  return checkLinearizability(MODEL, operations, looks(LOOKS));
}

function looks(most: number): Budget {
  let count = 0;
  return { ms: most, now: () => count++ };
}

/** The operations of a smallest illegal core, in words, one a line. */
function describe(
  operations: readonly ClientOperation[],
  violation: Extract<ClientVerdict, { verdict: 'violated' }>,
): string {
  // Without what changes say of the value before them, the core is smaller, if it is illegal still.
  const plain = operations.map((operation) => ({ ...operation, output: withoutPrevious(operation.output) }));
  const simpler = check(plain);
  const { part, core, fromAnyState } = simpler.verdict === 'violated' ? simpler : violation;
  const ms = (us: number | undefined) => (us === undefined ? 'no end' : `${us / 1000} ms`);
  const lines = core.map(
    ({ client, calledAt, returnedAt, input, output }) =>
      `  at ${client}, ${ms(calledAt)} to ${ms(returnedAt)}: ${MODEL.describe(input, output)}`,
  );
  const before = fromAnyState ? `, whatever ${part} was before` : '';
  return [`no order of these operations on ${part} explains their answers${before}:`, ...lines].join('\n');
}

function withoutPrevious(output: KeyAnswer | undefined): KeyAnswer | undefined {
  return output === undefined || output.type === 'value' ? output : { type: output.type };
}
