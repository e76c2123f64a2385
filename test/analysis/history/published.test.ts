/**
 * The checker agrees with the verdicts of published histories, in each format that can express
 * them, through the command itself. `test/bench/published-histories.ts` compares larger ones.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkCommand } from '../../../analysis/cli/check.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';
import type { Published } from './published.ts';
import { COPIED } from './published-copied.ts';
import { DESCRIBED } from './published-described.ts';

afterAll(removeTemporary);

type Outcome = 'ok' | 'mismatch' | 'failed' | 'unknown';

interface Op {
  readonly client: string;
  readonly key: string | undefined;
  readonly op: string;
  readonly values: readonly unknown[];
  readonly outcome: Outcome;
  /** What a read saw. */
  readonly saw: unknown;
  readonly from: number;
  readonly to: number | undefined;
}

const LINE = /^(\w+) (?:(\w+)\.)?(read|write|cas|append)((?: [^ @>]+)*?)(?: -> (\S+))? @ (\d+)-(\d*)$/;

function operation(line: string): Op {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`no operation: ${line}`);
  const [, client = '', key, op = '', values = '', said, from, to] = match;
  const isRead = op === 'read';
  return {
    client,
    key,
    op,
    values: values
      .split(' ')
      .filter(Boolean)
      .map((value) => JSON.parse(value) as unknown),
    outcome: isRead || said === undefined ? 'ok' : (said as Outcome),
    saw: isRead && said !== undefined ? JSON.parse(said) : undefined,
    from: Number(from),
    to: to === '' ? undefined : Number(to),
  };
}

/** Calls before returns of the same moment: what touches is concurrent. */
function inTime(ops: readonly Op[], call: (op: Op) => string, end: (op: Op) => string): string {
  const told = ops.flatMap((op, i) => [
    { at: op.from, order: 2 * i, text: call(op) },
    // An operation that takes no time returns before the next of its client, but after its own
    // call.
    ...(op.to === undefined ? [] : [{ at: op.to, order: 2 * ops.length + i, text: end(op) }]),
  ]);
  return told
    .sort((a, b) => a.at - b.at || a.order - b.order)
    .map(({ text }) => `${text}\n`)
    .join('');
}

const edn = (value: unknown) => (value === null || value === undefined ? 'nil' : JSON.stringify(value));
const argument = ({ op, values }: Op) => (op === 'cas' ? `[${values.map(edn).join(' ')}]` : edn(values[0]));
const ending = ({ outcome }: Op) =>
  ({ ok: ':ok', mismatch: ':fail', failed: ':fail', unknown: ':info' })[outcome];

const FORMATS: Readonly<Record<string, (history: Published, ops: readonly Op[]) => string>> = {
  jepsen: (_, ops) =>
    inTime(
      ops,
      (op) => `INFO  jepsen.util - ${op.client}\t:invoke\t:${op.op}\t${argument(op)}`,
      (op) =>
        `INFO  jepsen.util - ${op.client}\t${ending(op)}\t:${op.op}\t${op.op === 'read' ? edn(op.saw) : argument(op)}`,
    ),
  edn: (_, ops) => {
    const key = (op: Op) => (op.key === undefined ? '' : `, :key ${edn(op.key)}`);
    const event = (op: Op, type: string, value: string) =>
      `{:process ${edn(op.client)}, :type ${type}, :f :${op.op}${key(op)}, :value ${value}}`;
    return inTime(
      ops,
      (op) => event(op, ':invoke', argument(op)),
      (op) => event(op, ending(op), op.op === 'read' ? edn(op.saw) : argument(op)),
    );
  },
  tickraft: ({ initial }, ops) => {
    const id = (op: Op) => String(ops.indexOf(op));
    const named = (op: Op) => {
      if (op.op === 'cas') return { expected: op.values[0], value: op.values[1] };
      return op.op === 'read' ? {} : { value: op.values[0] };
    };
    const call = ({ client, key, op, from }: Op) => ({ type: 'call', client, key, op, time_us: from });
    const header = JSON.stringify({ type: 'history', version: 1, initial });
    return `${header}\n${inTime(
      ops,
      (op) => JSON.stringify({ ...call(op), id: id(op), ...named(op) }),
      (op) =>
        JSON.stringify({ type: 'return', id: id(op), time_us: op.to, outcome: op.outcome, value: op.saw }),
    )}`;
  },
};

const EXIT = { holds: 0, violated: 1 } as const;

describe.each([...COPIED, ...DESCRIBED])('$source', ({ histories }) => {
  test.each(histories)('$name: $verdict', async (history) => {
    const ops = history.operations.map(operation);
    const hasKeys = ops.some(({ key }) => key !== undefined);
    const dir = temporaryFolder();
    for (const [format, write] of Object.entries(FORMATS)) {
      // The text log has no keys.
      if (hasKeys && format === 'jepsen') continue;
      const file = join(dir, format);
      writeFileSync(file, write(history, ops));
      const words = [file, '--format', format];
      if (ops.some(({ outcome }) => outcome === 'mismatch')) words.push('--failed-cas', 'mismatch');
      if (format !== 'tickraft') words.push('--initial', edn(history.initial));
      const { out, err, code } = await run(checkCommand(), ...words);
      expect({ format, err, code, verdict: /^[a-z ]+/.exec(out)?.[0] }).toEqual({
        format,
        err: '',
        code: EXIT[history.verdict],
        verdict: history.verdict,
      });
    }
  });
});

test('what cannot be decided in time has an exit code of its own, in every format', async () => {
  // Knossos' timeout-test: a time limit that is too short for the history gives no verdict.
  // The key is also written: what is appended to it may be replaced, so every order is tried.
  const writers = Array.from({ length: 60 }, (_, i) =>
    operation(`w${i} ${i === 0 ? 'write' : 'append'} "${i}," @ ${i}-${1000 + i}`),
  );
  const ops = [...writers, operation('r read -> "no" @ 2000-2001')];
  const history: Published = {
    name: '',
    verdict: 'violated',
    initial: null,
    operations: [],
  };
  for (const [format, write] of Object.entries(FORMATS)) {
    const file = join(temporaryFolder(), format);
    writeFileSync(file, write(history, ops));
    const { out, code } = await run(checkCommand(), file, '--format', format, '--seconds', '0.1');
    expect({ format, code, says: out.slice(0, 11) }).toEqual({ format, code: 3, says: 'cannot tell' });
  }
});

test('there are enough histories with either verdict', () => {
  const count = (verdict: Published['verdict']) =>
    [...COPIED, ...DESCRIBED].flatMap(({ histories }) => histories).filter((one) => one.verdict === verdict)
      .length;
  expect(count('holds')).toBeGreaterThanOrEqual(20);
  expect(count('violated')).toBeGreaterThanOrEqual(25);
});
