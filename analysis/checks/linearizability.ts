/**
 * What clients were told is linearizable (Herlihy and Wing 1990): every operation could have
 * happened at one instant between its call and its return, one after the other. Decided from the
 * client history, not from the logs; where the history says by which requests its operations were
 * made, their rows are shown too.
 */
import { basename } from 'node:path';
import {
  type BreachReport,
  checkHistory,
  type HistoryReport,
  type OperationReport,
} from '../history/check-history.ts';
import type { RunHistory } from '../history/run-history.ts';
import { beginning, extent, MOST, orderText, remarks, restsOn, whyUndecided } from '../history/words.ts';
import { plural } from '../output/plural.ts';
import { literal } from '../run/database.ts';
import type { Run } from '../run/load.ts';
import { type Check, type CheckVerdict, evidence, type LogRow } from './check.ts';

/** The memory limit of the search: the database has most of the memory. */
const BYTES = 256 * 2 ** 20;

export const linearizability: Check = {
  name: 'linearizability',
  claim: 'one order of all operations explains every answer that clients got',
  async run(run): Promise<CheckVerdict> {
    const { history } = run;
    if (history === undefined)
      return { outcome: 'cannot tell', notes: ['the run has no history of its clients'] };
    const report = judge(history);
    const { breach } = report;
    if (breach !== null)
      return {
        outcome: 'violated',
        count: 1,
        evidence: [await told(run, history, breach)],
        notes: [...why(report, breach), ...remarks(report)],
      };
    const outcome = report.verdict === 'violated' || report.operations === 0 ? 'cannot tell' : report.verdict;
    return { outcome, notes: [undecided(report) ?? `${extent(report)} compared`, ...remarks(report)] };
  },
};

function judge({ history, file, model, initial, nilRead, seconds }: RunHistory): HistoryReport {
  const budget = { ms: seconds * 1000, bytes: BYTES, now: () => performance.now() };
  return checkHistory(history, file, { model, initial, nilRead, budget });
}

/** Why nothing was decided; undefined if all was. */
function undecided(report: HistoryReport): string | undefined {
  const { undecided } = report;
  if (undecided?.because !== 'damage' && report.operations === 0) {
    return `${basename(report.file)} holds no operation that says anything`;
  }
  if (undecided === null) return undefined;
  const why = whyUndecided(report, undecided);
  if (!('ordered' in undecided)) return why;
  const { keys, operations, ordered } = undecided;
  const named = keys.slice(0, MOST).join(', ');
  const of = named === '' ? '' : ` (on ${named}${keys.length > MOST ? ', ...' : ''})`;
  return `${why}: an order was found for ${ordered} of ${plural(operations, 'operation')}${of}`;
}

function why(report: HistoryReport, breach: BreachReport): string[] {
  const { key, operations, core, fromAnyState, ofCore } = breach;
  const on = key === '' ? '' : ` on key ${key}`;
  const before = fromAnyState ? 'whatever was there before them' : beginning(report);
  const few = core.length > MOST ? `, of which the first ${MOST} are shown` : '';
  const rests = restsOn(report);
  return [
    `no order of the ${plural(operations, 'operation')}${on} explains all answers; ${plural(core.length, 'operation')} of ${basename(report.file)} show it, ${before}${few}`,
    ...(rests === undefined ? [] : [rests]),
    orderText(ofCore),
  ];
}

/**
 * The operations of the core: each as its lines of the history, with the rows of its request in the
 * logs.
 */
async function told(run: Run, { file, history }: RunHistory, { core }: BreachReport): Promise<LogRow[]> {
  const shown = core.slice(0, MOST);
  const own = shown.map(({ operation }) => history.operations[operation]!);
  const names = own.flatMap(({ asked, answered }) => [asked, answered].filter((name) => name !== undefined));
  const places = await requestRows(run, names);
  const rows = await evidence(
    run,
    own.map(({ asked, answered }) => {
      const ids = [asked && places.get(asked)?.request, answered && places.get(answered)?.respond];
      return ids.filter((id) => typeof id === 'number');
    }),
  );
  const span = await run.database.row<Span>('SELECT start_us, end_us FROM span');
  return shown.flatMap((report, i) => {
    const { calledAt, returnedAt } = own[i]!;
    const line = historyLine(basename(file), report, history.format === 'tickraft' ? span : undefined);
    const end = report.returnedLine === null ? [] : [line('return', report.returnedLine, returnedAt)];
    return [line('call', report.calledLine, calledAt), ...rows[i]!, ...end];
  });
}

interface Span {
  readonly start_us: number;
  readonly end_us: number;
}

/**
 * A line of the history as a row. It has a time if that lies within `span`, the run's: other times
 * are of another clock.
 */
function historyLine(file: string, { client, what }: OperationReport, span: Span | undefined) {
  const rest = {
    lamport: null,
    peer: null,
    message: null,
    term: null,
    role: null,
    index: null,
    commit: null,
  };
  const isOfRun = (us: number) => span !== undefined && us >= span.start_us && us <= span.end_us;
  return (event: 'call' | 'return', line: number, at: number | undefined): LogRow => ({
    file,
    line,
    time_us: at !== undefined && isOfRun(at) ? at : null,
    node: client,
    event,
    ...rest,
    detail: event === 'call' ? what : null,
  });
}

/** By name, the rows of the requests that are in the logs once. */
async function requestRows(run: Run, names: readonly string[]): Promise<Map<string, RequestRows>> {
  if (names.length === 0) return new Map();
  const found = await run.database.rows<RequestRows & { name: string }>(`
    SELECT name, min(request) AS request, min(respond) AS respond FROM requests
    WHERE name IN (${names.map(literal).join(', ')}) GROUP BY name HAVING count(*) = 1`);
  return new Map(found.map(({ name, ...rows }) => [name, rows]));
}

interface RequestRows {
  readonly request: number | null;
  readonly respond: number | null;
}
