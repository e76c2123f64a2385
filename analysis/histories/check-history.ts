/** Decides a history and says so in plain data: what `tickraft check` prints, and draws. */
import type { Value } from '../../vm/store.ts';
import { checkLinearizability, type Verdict } from '../linearizability/check.ts';
import { type DeadEnd, deadEnd } from '../linearizability/explain.ts';
import type { Budget, Operation } from '../linearizability/history.ts';
import { type KeyAnswer, type KeyOperation, keyValueModel } from '../linearizability/models.ts';
import { withoutUnseen } from '../linearizability/unseen.ts';
import { HistoryError } from './error.ts';
import type { History, HistoryOperation } from './events.ts';

/** What operations a model knows. */
export const HISTORY_MODELS = {
  register: ['read', 'write'],
  'cas-register': ['read', 'write', 'cas'],
  kv: ['read', 'write', 'append', 'cas'],
} as const satisfies Readonly<Record<string, readonly KeyOperation['type'][]>>;

export type HistoryModel = keyof typeof HISTORY_MODELS;

/** One operation, for a person or a program to read. */
export interface OperationReport {
  /** Its place among all operations of the file, sorted by call, from 0. */
  readonly operation: number;
  readonly client: string;
  readonly calledLine: number;
  /** Null: it never returned. */
  readonly returnedLine: number | null;
  readonly what: string;
  /** It began before the part that is shown, and may have happened before it. */
  readonly begunBefore: boolean;
  /** It returned, but only after this part. */
  readonly stillOpen: boolean;
}

/** An order, and why it cannot go on. */
export interface OrderReport {
  readonly order: readonly OperationReport[];
  readonly state: string;
  readonly refused: readonly OperationReport[];
}

/** What breaks a history. */
export interface BreachReport {
  readonly key: string;
  /** Operations on the key. */
  readonly operations: number;
  readonly core: readonly OperationReport[];
  readonly fromAnyState: boolean;
  /** The longest order of the core, and of all that was searched. */
  readonly ofCore: OrderReport;
  readonly ofAll: OrderReport;
}

/** How far an undecided history was searched. */
export interface UndecidedReport {
  readonly keys: readonly string[];
  readonly because: 'time' | 'memory';
  /** Operations on these keys, and how many of them a legal order was found for. */
  readonly operations: number;
  readonly ordered: number;
}

/** What is known of a history. */
export interface HistoryReport {
  readonly file: string;
  readonly format: History['format'];
  readonly model: HistoryModel;
  readonly initial: Value;
  readonly verdict: 'holds' | 'violated' | 'cannot tell';
  readonly seconds: number;
  readonly clients: number;
  readonly keys: number;
  readonly operations: number;
  /** Of them, those that never returned. */
  readonly open: number;
  readonly leftOut: number;
  readonly notes: readonly string[];
  readonly breach: BreachReport | null;
  readonly undecided: UndecidedReport | null;
}

/** What to check a history against. */
export interface CheckSettings {
  readonly model: HistoryModel | undefined;
  /** What every key holds at first, if it is said. */
  readonly initial: Value | undefined;
  readonly budget: Budget;
}

const VERDICTS = { linearizable: 'holds', violated: 'violated', unknown: 'cannot tell' } as const;

type Violated = Extract<Verdict<KeyOperation, KeyAnswer>, { verdict: 'violated' }>;

/** Decides a history. Throws a HistoryError if the model does not know one of its operations. */
export function checkHistory(history: History, file: string, settings: CheckSettings): HistoryReport {
  const { operations } = history;
  const model = settings.model ?? modelOf(operations);
  mustKnow(model, operations, file);
  const initial = settings.initial ?? history.initial ?? null;
  const began = settings.budget.now();
  const meaning = keyValueModel(initial);
  const verdict = checkLinearizability(meaning, withoutUnseen(operations), settings.budget);
  const seconds = (settings.budget.now() - began) / 1000;
  return {
    file,
    format: history.format,
    model,
    initial,
    verdict: VERDICTS[verdict.verdict],
    seconds,
    clients: new Set(operations.map(({ client }) => client)).size,
    keys: new Set(operations.map(({ input }) => input.key)).size,
    operations: operations.length,
    open: operations.filter(({ returnedAt }) => returnedAt === undefined).length,
    leftOut: history.leftOut,
    notes: history.notes,
    breach: verdict.verdict === 'violated' ? breachOf(operations, meaning, verdict) : null,
    undecided: undecidedOf(verdict),
  };
}

/** The smallest model that knows all operations. */
function modelOf(operations: readonly HistoryOperation[]): HistoryModel {
  const has = (test: (input: KeyOperation) => boolean) => operations.some(({ input }) => test(input));
  if (has(({ key, type }) => key !== '' || type === 'append')) return 'kv';
  return has(({ type }) => type === 'cas') ? 'cas-register' : 'register';
}

function mustKnow(model: HistoryModel, operations: readonly HistoryOperation[], file: string): void {
  const known: readonly string[] = HISTORY_MODELS[model];
  for (const { input, calledLine } of operations) {
    if (!known.includes(input.type)) {
      throw new HistoryError(
        file,
        calledLine,
        `a ${model} knows no ${input.type} (only ${known.join(', ')})`,
      );
    }
    if (model !== 'kv' && input.key !== '') {
      throw new HistoryError(file, calledLine, `a ${model} has no keys, but this is on ${input.key}: try kv`);
    }
  }
}

type Meaning = ReturnType<typeof keyValueModel>;
type KeyedOperation = Operation<KeyOperation, KeyAnswer>;

function breachOf(
  operations: readonly HistoryOperation[],
  meaning: Meaning,
  { part, core, fromAnyState }: Violated,
): BreachReport {
  const own = operations.filter(({ input }) => input.key === part);
  // Parts of a history are copies of its operations, but their inputs are the same objects.
  const places = new Map(operations.map(({ input }, i) => [input, i]));
  const tell = (operation: KeyedOperation) => {
    const place = places.get(operation.input)!;
    return told(operation, place, operations[place]!, meaning);
  };
  const tellOrder = ({ order, state, refused }: DeadEnd<KeyOperation, KeyAnswer>): OrderReport => ({
    order: order.map(tell),
    state,
    refused: refused.map(tell),
  });
  return {
    key: part,
    operations: own.length,
    core: core.map(tell),
    fromAnyState,
    ofCore: tellOrder(deadEnd(meaning, core, fromAnyState ? meaning.unknown : meaning.initial)),
    ofAll: tellOrder(deadEnd(meaning, withoutUnseen(own), meaning.initial)),
  };
}

function told(
  operation: KeyedOperation,
  place: number,
  original: HistoryOperation,
  meaning: Meaning,
): OperationReport {
  const { client, calledLine, returnedLine = null, input, output } = original;
  const what = meaning.describe(input, output);
  const begunBefore = operation.early ?? false;
  const stillOpen = operation.returnedAt === undefined && returnedLine !== null;
  return { operation: place, client, calledLine, returnedLine, what, begunBefore, stillOpen };
}

function undecidedOf(verdict: Verdict<KeyOperation, KeyAnswer>): UndecidedReport | null {
  if (verdict.verdict !== 'unknown') return null;
  const { undecided: keys, because, operations, ordered } = verdict;
  return { keys, because, operations, ordered };
}
