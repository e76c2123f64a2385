/**
 * Decides a history, and finds out whether that decision depends on what is not known: on damaged
 * lines, on what a read of nil means, on what keys held before it began. Each can reverse a
 * verdict, and then the verdict says so.
 */
import { checkLinearizability, type LinearizabilityVerdict } from '../linearizability/check.ts';
import type { Budget } from '../linearizability/history.ts';
import {
  ANY_VALUE,
  type KeyAnswer,
  type KeyOperation,
  type KeyState,
  keyValueModel,
} from '../linearizability/models.ts';
import { withoutUnseen } from '../linearizability/unseen.ts';
import type { History, HistoryOperation } from './events.ts';

/** What a read of nil saw: that nothing was there, or anything, since it is not known. */
export type NilRead = 'absent' | 'any';

/** How to decide a history. */
export interface JudgeSettings {
  /** What every key holds at first, if it is said; `ANY_VALUE`: nobody knows. */
  readonly initial: KeyState | undefined;
  /** Default: absent. */
  readonly nilRead?: NilRead | undefined;
  readonly budget: Budget;
}

/** Flags that drop an assumption. */
export type RestFlag = '--nil-read any' | '--initial any';

/** Assumptions without which a violated history holds, as the flags that drop them. */
export interface RestsOn {
  readonly flags: readonly RestFlag[];
  /** False: whether it holds without them could not be decided in the time. */
  readonly isSure: boolean;
}

type KeyVerdict = LinearizabilityVerdict<KeyOperation, KeyAnswer>;

/** A verdict that shows what breaks a history. */
export type Violated = Extract<KeyVerdict, { verdict: 'violated' }>;

/** A verdict, and the assumptions that it rests on. */
export interface Judged {
  readonly verdict: KeyVerdict;
  /**
   * The operations that were checked: not all, where a line is damaged or reads of nil say nothing.
   */
  readonly operations: readonly HistoryOperation[];
  readonly initial: KeyState;
  /** Only what comes before this line was checked. */
  readonly before: number | undefined;
  /** What could reverse the verdict: damaged lines, or times in another order than the lines. */
  readonly doubt: 'damage' | 'order' | undefined;
  /** The verdict by the times, where those doubt it. */
  readonly timed?: KeyVerdict['verdict'];
  /** Null: it is not violated, or whatever is assumed. */
  readonly restsOn: RestsOn | null;
}

const SURE = { before: undefined, doubt: undefined, restsOn: null } as const;

type Decide = (operations: readonly HistoryOperation[], from: KeyState) => KeyVerdict;

/** Decides a history within the budget. */
export function judge(history: History, settings: JudgeSettings): Judged {
  const end = settings.budget.now() + settings.budget.ms;
  const decide: Decide = (operations, from) => {
    const ms = end - settings.budget.now();
    return checkLinearizability(keyValueModel(from), withoutUnseen(operations), { ...settings.budget, ms });
  };
  const { damage, byTime } = history;
  const initial = settings.initial ?? history.initial ?? null;
  const meant = (all: readonly HistoryOperation[]) =>
    settings.nilRead === 'any' ? withoutNilReads(all) : all;
  const operations = meant(history.operations);
  const verdict = decide(operations, initial);
  const judged = { verdict, operations, initial, ...SURE };
  if (verdict.verdict === 'unknown') return judged;
  const timed = byTime && decide(meant(byTime.operations), initial).verdict;
  if (timed !== undefined && timed !== verdict.verdict) return { ...judged, doubt: 'order', timed };
  if (verdict.verdict === 'linearizable') return { ...judged, doubt: damage && 'damage' };
  const assumed = assumptions(history, settings);
  // A lost end leaves its operation open, which allows all that the end did. A lost call may have
  // been of any change: only what happened before it cannot have seen anything of it.
  const before = damage?.firstCall;
  if (before === undefined) return { ...judged, restsOn: restsOn(judged, verdict, assumed, decide) };
  const earlier = { ...judged, operations: cutBefore(operations, before), before };
  const first = decide(earlier.operations, initial);
  if (first.verdict !== 'violated') return { ...judged, doubt: 'damage' };
  return { ...earlier, verdict: first, restsOn: restsOn(earlier, first, assumed, decide) };
}

/** Assumptions that neither the history nor the settings decide. */
function assumptions(history: History, { initial, nilRead }: JudgeSettings): readonly RestFlag[] {
  // Our own format says what null means.
  const isNilOpen = history.format !== 'tickraft' && nilRead !== 'any';
  const isInitialOpen = initial === undefined && history.initial === undefined;
  return [
    ...(isNilOpen ? (['--nil-read any'] as const) : []),
    ...(isInitialOpen ? (['--initial any'] as const) : []),
  ];
}

function restsOn(
  { operations, initial }: Pick<Judged, 'operations' | 'initial'>,
  { core, fromAnyState }: Violated,
  assumed: readonly RestFlag[],
  decide: Decide,
): RestsOn | null {
  // A core is illegal by itself: what it does not need, the verdict does not rest on.
  const needed = assumed.filter((flag) =>
    flag === '--initial any' ? !fromAnyState : core.some((operation) => isNilRead(operation)),
  );
  if (needed.length === 0) return null;
  let isSure = true;
  // With one more assumption dropped, another core may show up that needs another one.
  for (const flags of [...assumed.map((flag) => [flag]), ...(assumed.length > 1 ? [assumed] : [])]) {
    const rest = flags.includes('--nil-read any') ? withoutNilReads(operations) : operations;
    const { verdict } = decide(rest, flags.includes('--initial any') ? ANY_VALUE : initial);
    if (verdict === 'linearizable') return { flags, isSure: true };
    isSure &&= verdict === 'violated';
  }
  return isSure ? null : { flags: needed, isSure };
}

function isNilRead({ output }: Pick<HistoryOperation, 'output'>): boolean {
  return output?.type === 'value' && output.value === null;
}

function withoutNilReads(operations: readonly HistoryOperation[]): readonly HistoryOperation[] {
  return operations.filter((operation) => !isNilRead(operation));
}

/**
 * What was called before a line; what returned only after it never did. Reads among that say
 * nothing.
 */
function cutBefore(operations: readonly HistoryOperation[], line: number): readonly HistoryOperation[] {
  return operations
    .filter(({ calledLine }) => calledLine < line)
    .map((operation) => {
      const hasReturned = operation.returnedLine !== undefined && operation.returnedLine < line;
      return hasReturned ? operation : { ...operation, returnedAt: undefined, output: undefined };
    })
    .filter(({ input, returnedAt }) => input.type !== 'read' || returnedAt !== undefined);
}
