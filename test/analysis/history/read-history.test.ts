/**
 * Reading client histories: the three formats, what their words mean, and the errors for bad files.
 */
import type { HistoryOperation } from '../../../analysis/history/events.ts';
import { formatOf, type HistoryFormat, parseHistory } from '../../../analysis/history/read-history.ts';
import { tickraftHistory } from '../../../analysis/history/tickraft-history.ts';

function read(text: string, failedCas: 'nothing' | 'mismatch' = 'nothing', format = formatOf(text)) {
  return parseHistory(text, 'h', format, { failedCas });
}

/** What matters of operations, short. */
function short(operations: readonly HistoryOperation[]) {
  return operations.map(({ client, calledLine, returnedLine, input, output }) => {
    const { type, key, ...values } = input;
    return [client, type, key, Object.values(values), output, calledLine, returnedLine ?? null];
  });
}

const JEPSEN = `INFO  jepsen.core - Run starting
INFO  jepsen.util - 0	:invoke	:read	nil
INFO  jepsen.util - 1	:invoke	:write	4
INFO  jepsen.util - :nemesis	:info	:start	"cut"
INFO  jepsen.util - 0	:ok	:read	nil
INFO  jepsen.util - 1	:ok	:write	4
INFO  jepsen.util - 0    :invoke :cas    [4 2]
INFO  jepsen.util - 1	:invoke	:read	nil
INFO  jepsen.util - 2	:invoke	:write	3
INFO  jepsen.util - 0	:fail	:cas	[4 2]
INFO  jepsen.util - 1	:fail	:read	:timed-out
INFO  jepsen.util - 2	:info	:write	:timed-out
INFO  jepsen.util - 3	:invoke	:cas	[1 2]
`;

const OPERATIONS = [
  ['0', 'read', '', [], { type: 'value', value: null }, 2, 5],
  ['1', 'write', '', [4], { type: 'done' }, 3, 6],
  ['2', 'write', '', [3], undefined, 9, null],
  ['3', 'cas', '', [1, 2], undefined, 13, null],
];

test('the text log of Jepsen: an operation that timed out is open, one that failed never happened', () => {
  const history = read(JEPSEN);
  expect(history.format).toBe('jepsen');
  expect(short(history.operations)).toEqual(OPERATIONS);
  expect(history.leftOut).toBe(2);
});

test('the same without the prefix of the logger', () => {
  const lines = JEPSEN.split('\n').slice(1);
  const bare = ['', ...lines.map((line) => line.replace('INFO  jepsen.util - ', ''))].join('\n');
  expect(short(read(bare).operations)).toEqual(OPERATIONS);
});

test('a failed compare-and-set means that the value differed only if the flag says so', () => {
  const told = short(read(JEPSEN, 'mismatch').operations);
  expect(told).toContainEqual(['0', 'cas', '', [4, 2], { type: 'mismatch' }, 7, 10]);
  expect(told).toHaveLength(OPERATIONS.length + 1);
});

test('EDN: a map per line, or a vector or list of maps, with keys or with tuples', () => {
  const maps = [
    '{:process 0, :type :invoke, :f :get, :key "a", :value nil}',
    '{:process 1 :type :invoke :f :append :key "a" :value "x" :time 12 :index 3}',
    '{:process :nemesis :type :info :f :kill :value nil}',
    '{:process 0 :type :ok :f :get :key "a" :value ""}',
  ];
  const operations = [
    ['0', 'read', 'a', [], { type: 'value', value: '' }, 1, 4],
    ['1', 'append', 'a', ['x'], undefined, 2, null],
  ];
  for (const text of [maps.join('\n'), `[${maps.join('\n')}]`, `(${maps.join('\n')})\n; end`]) {
    const history = read(text);
    expect([history.format, short(history.operations)]).toEqual(['edn', operations]);
  }
  const tuples = maps.join('\n').replaceAll(/:key "a",? :value (nil|"x?")/g, ':value ["a" $1]');
  expect(tuples).not.toContain(':key');
  expect(short(read(tuples).operations)).toEqual(operations);
});

function sorted<T extends { readonly client: string; readonly calledAt: number }>(
  operations: readonly T[],
): T[] {
  return [...operations].sort((a, b) => a.calledAt - b.calledAt || a.client.localeCompare(b.client));
}

test('our own format: what is written is read back, in any order of lines', () => {
  const operations = [
    ...read(JEPSEN, 'mismatch').operations,
    ...read('{:process 7 :type :invoke :f :append :key "k" :value "x"}').operations,
  ].map(({ calledLine: _, returnedLine: __, ...operation }) => operation);
  const text = tickraftHistory(operations, 4);
  const [header, ...lines] = text.trimEnd().split('\n');
  for (const shuffled of [text, [header, ...lines.reverse()].join('\n')]) {
    const history = read(shuffled);
    const again = history.operations.map(({ calledLine: _, returnedLine: __, ...operation }) => operation);
    expect(sorted(again)).toEqual(sorted(operations));
    expect([history.format, history.initial]).toEqual(['tickraft', 4]);
  }
});

test('an incomplete last line is left out, with a note', () => {
  const ours =
    '{"type":"history","version":1}\n{"type":"call","id":"1","client":"a","time_us":1,"op":"write","val';
  expect(read(ours)).toMatchObject({
    operations: [],
    notes: ['line 2, the last one, is cut off and was left out'],
  });
  expect(read(`${JEPSEN}INFO  jepsen.util - 4	:inv`).notes).toEqual([
    'line 14, the last one, is cut off and was left out',
  ]);
});

const OURS = '{"type":"history","version":1}\n';
const CALL = '{"type":"call","id":"1","client":"a","time_us":5,"op":"read"}\n';

test.each<[HistoryFormat, string, string]>([
  ['jepsen', '0	:ok	:read	nil\n', 'h:1: process 0 ends something that it never began'],
  ['jepsen', '0	:invoke	:read	nil\n0	:invoke	:read	nil\n', 'h:2: process 0 begins something before'],
  [
    'jepsen',
    '0	:invoke	:read	nil\n0	:ok	:write	1\n',
    'h:2: process 0 ends a write, but began a read in line 1',
  ],
  ['jepsen', '0	:invoke	:cas	3\n', 'h:1: a cas of 3 is not [old new]'],
  ['jepsen', '0	:invoke	:txn	[]\n', 'h:1: "txn" is no operation of a register or a map'],
  ['edn', '[{:process 0 :type :invoke :f :read}\n 7]', 'h:2: what should be an event is no map'],
  ['edn', '{:process 0 :type :begin :f :read}', 'h:1: what should be an event has no :type'],
  ['edn', '[] {}', 'h:1: there is more after the end of the history'],
  ['tickraft', CALL, 'h:1: the first line must be {"type":"history","version":1}'],
  ['tickraft', '{"type":"history","version":2}\n', 'h:1: version 2 is not supported, only 1'],
  ['tickraft', `${OURS}${CALL}${CALL}`, 'h:3: a second call of operation 1'],
  [
    'tickraft',
    `${OURS}{"type":"return","id":"9","time_us":1,"outcome":"ok"}\n`,
    'h:2: operation 9 returns, but',
  ],
  [
    'tickraft',
    `${OURS}${CALL}{"type":"return","id":"1","time_us":1,"outcome":"ok"}\n`,
    'h:3: operation 1 returns before',
  ],
  [
    'tickraft',
    `${OURS}${CALL}{"type":"return","id":"1","time_us":9,"outcome":"mismatch"}\n`,
    'h:3: only a cas can',
  ],
  ['tickraft', `${OURS}nonsense\n${CALL}`, 'h:2: no call and no return: nonsense'],
])('%s: %j is refused', (format, text, message) => {
  expect(() => read(text, 'nothing', format)).toThrow(message);
});
