/** Decides a history, as plain data that `tickraft check` prints and draws. */
import type { Value } from '../../vm/index.ts';
import { type DeadEnd, deadEnd } from '../linearizability/explain.ts';
import type { Operation } from '../linearizability/history.ts';
import { ANY_VALUE, type KeyAnswer, type KeyOperation, keyValueModel } from '../linearizability/models.ts';
import { withoutUnseen } from '../linearizability/unseen.ts';
import { HistoryError } from './error.ts';
import type { History, HistoryOperation, ReadAs } from './events.ts';
import { type Judged, type JudgeSettings, judge, type RestsOn, type Violated } from './judge.ts';

/** What operations a model knows. */
export const HISTORY_MODELS = {
  register: ['read', 'write'],
  'cas-register': ['read', 'write', 'cas'],
  kv: ['read', 'write', 'append', 'push', 'cas'],
} as const satisfies Readonly<Record<string, readonly KeyOperation['type'][]>>;

export type HistoryModel = keyof typeof HISTORY_MODELS;

/** One operation of a report. */
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

/** What violates linearizability in a history. */
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

/** The verdicts in words. */
export type HistoryVerdict = (typeof VERDICTS)[keyof typeof VERDICTS];

const VERDICTS = { linearizable: 'holds', violated: 'violated', unknown: 'cannot tell' } as const;

/** Why a history is undecided. */
export type UndecidedReport =
  | {
      readonly because: 'time' | 'memory';
      readonly keys: readonly string[];
      /** Operations on these keys, and how many of them a legal order was found for. */
      readonly operations: number;
      readonly ordered: number;
    }
  /** Damaged lines could contradict what can be read. */
  | { readonly because: 'damage'; readonly read: HistoryVerdict }
  /**
   * By the times, which are another order than the lines from `line` on, the verdict is another.
   */
  | {
      readonly because: 'order';
      readonly read: HistoryVerdict;
      readonly timed: HistoryVerdict;
      readonly line: number;
    }
  /** There is no operation in it. */
  | { readonly because: 'nothing' };

/** The report on a history. */
export interface HistoryReport {
  readonly file: string;
  readonly format: History['format'];
  readonly model: HistoryModel;
  readonly initial: Value;
  /** Keys may begin with anything, and `initial` says nothing. */
  readonly initialIsAny: boolean;
  /** Null: the format itself says what values mean. */
  readonly readAs: ReadAs | null;
  readonly verdict: HistoryVerdict;
  readonly seconds: number;
  readonly clients: number;
  readonly keys: number;
  readonly operations: number;
  /** Of them, those that never returned. */
  readonly open: number;
  readonly leftOut: number;
  readonly notes: readonly string[];
  /** Lines, or events in EDN, that are not from a client. */
  readonly passedOver: number;
  /** Lines that look like operations, and are damaged. */
  readonly damagedLines: readonly number[];
  /** Only what comes before this line was checked. */
  readonly judgedBefore: number | null;
  readonly breach: BreachReport | null;
  readonly restsOn: RestsOn | null;
  readonly undecided: UndecidedReport | null;
}

/** What to check a history against. */
export interface CheckSettings extends JudgeSettings {
  readonly model: HistoryModel | undefined;
}

/** Decides a history. Throws a HistoryError if the model does not know one of its operations. */
export function checkHistory(history: History, file: string, settings: CheckSettings): HistoryReport {
  const { operations, damage } = history;
  const model = settings.model ?? modelOf(operations);
  mustKnow(model, operations, file);
  mustBeList(history, settings, file);
  const began = settings.budget.now();
  const judged = judge(history, settings);
  const seconds = (settings.budget.now() - began) / 1000;
  const { verdict, initial } = judged;
  const undecided = undecidedOf(history, judged);
  const isViolated = verdict.verdict === 'violated' && undecided === null;
  return {
    file,
    format: history.format,
    model,
    initial: initial === ANY_VALUE ? null : (initial as Value),
    initialIsAny: initial === ANY_VALUE,
    readAs: history.readAs ?? null,
    verdict: undecided === null ? VERDICTS[verdict.verdict] : 'cannot tell',
    seconds,
    clients: new Set(operations.map(({ client }) => client)).size,
    keys: new Set(operations.map(({ input }) => input.key)).size,
    operations: operations.length,
    open: operations.filter(({ returnedAt }) => returnedAt === undefined).length,
    leftOut: history.leftOut,
    notes: history.notes,
    passedOver: history.passedOver ?? 0,
    damagedLines: damage?.lines ?? [],
    judgedBefore: isViolated ? (judged.before ?? null) : null,
    breach: isViolated ? breachOf(operations, judged, verdict) : null,
    restsOn: isViolated ? judged.restsOn : null,
    undecided,
  };
}

function undecidedOf(
  { operations, leftOut, damage, byTime }: History,
  { verdict, doubt, timed = 'unknown' }: Judged,
): UndecidedReport | null {
  if (verdict.verdict === 'unknown') {
    const { undecided: keys, because, operations, ordered } = verdict;
    return { because, keys, operations, ordered };
  }
  const read = VERDICTS[verdict.verdict];
  if (doubt === 'damage') return { because: doubt, read };
  if (doubt === 'order') return { because: doubt, read, timed: VERDICTS[timed], line: byTime!.line };
  return operations.length + leftOut === 0 && damage === undefined ? { because: 'nothing' } : null;
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

/** Where appends are to lists, keys cannot begin with anything else. */
function mustBeList({ operations }: History, { initial }: CheckSettings, file: string): void {
  if (initial === undefined || initial === null || initial === ANY_VALUE || Array.isArray(initial)) return;
  const push = operations.find(({ input }) => input.type === 'push');
  if (push === undefined) return;
  throw new HistoryError(file, push.calledLine, 'appends are to lists here, but --initial is no list');
}

type Meaning = ReturnType<typeof keyValueModel>;
type KeyedOperation = Operation<KeyOperation, KeyAnswer>;

function breachOf(
  operations: readonly HistoryOperation[],
  judged: Judged,
  { part, core, fromAnyState }: Violated,
): BreachReport {
  const meaning = keyValueModel(judged.initial);
  const own = judged.operations.filter(({ input }) => input.key === part);
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
