/**
 * A benchmark from the text of a history to its verdict, on histories like those of Jepsen's etcd
 * tests.
 */
import { checkHistory } from '../../analysis/history/check-history.ts';
import { parseHistory } from '../../analysis/history/read-history.ts';
import { atomicHistory, type Op } from '../analysis/linearizability/atomic.ts';
import { type Figure, figure, repeat, secondsOf } from './measure.ts';

const HISTORIES = 100;
const BUDGET_MS = 60_000;

/**
 * Five clients and 170 operations on one register of five values; one in fourteen times out, as in
 * those of etcd.
 */
const SHAPE = { operations: 170, clients: 5, values: 5, cas: 0.33, pending: 0.07 };

/** The name of the figure. */
export const HISTORIES_NAME = '100 Jepsen-sized histories, read and decided';

/** Seconds for all. A read of every second history is changed, which most often breaks it. */
export async function historiesSeconds(runs: number): Promise<Figure> {
  const texts = Array.from({ length: HISTORIES }, (_, i) => {
    const history = atomicHistory(`bench/${i}`, SHAPE);
    return jepsenText(i % 2 === 0 ? history : withWrongRead(history));
  });
  const samples = await repeat(runs, () =>
    secondsOf(() => {
      const verdicts = texts.map((text) => {
        const budget = { ms: BUDGET_MS, now: () => performance.now() };
        const history = parseHistory(text, 'bench', 'jepsen', { failedCas: 'mismatch' });
        return checkHistory(history, 'bench', { model: undefined, initial: undefined, budget }).verdict;
      });
      if (verdicts.some((verdict, i) => verdict === 'cannot tell' || (i % 2 === 0 && verdict !== 'holds')))
        throw new Error('the checker is wrong about a history of an atomic register');
    }),
  );
  return figure(HISTORIES_NAME, 's', samples);
}

function withWrongRead(history: readonly Op[]): Op[] {
  const middle = history.findIndex(({ input }, i) => i > history.length / 2 && input.type === 'read');
  return history.map((operation, i) =>
    i === middle ? { ...operation, output: { type: 'value', value: 5 } } : operation,
  );
}

/** The history in Jepsen's text form. */
function jepsenText(history: readonly Op[]): string {
  const events = history.flatMap(({ client, calledAt, returnedAt, input, output }) => {
    const value =
      input.type === 'cas'
        ? `[${input.expected} ${input.value}]`
        : input.type === 'read'
          ? 'nil'
          : input.value;
    const seen = output?.type === 'value' ? (output.value ?? 'nil') : value;
    const tell = (type: string, what: unknown) =>
      `INFO  jepsen.util - ${client}\t:${type}\t:${input.type}\t${what}`;
    const call = { at: calledAt, order: 1, line: tell('invoke', value) };
    if (returnedAt === undefined) return [call];
    return [
      call,
      { at: returnedAt, order: 0, line: tell(output?.type === 'mismatch' ? 'fail' : 'ok', seen) },
    ];
  });
  events.sort((a, b) => a.at - b.at || a.order - b.order);
  return `${events.map(({ line }) => line).join('\n')}\n`;
}
