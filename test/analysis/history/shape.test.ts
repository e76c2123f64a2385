/**
 * The form of the values is recognized from the whole history, in every format, or the file is
 * refused.
 */
import type { HistoryOperation } from '../../../analysis/history/events.ts';
import { formatOf, parseHistory } from '../../../analysis/history/read-history.ts';
import type { ShapeName } from '../../../analysis/history/split.ts';

const read = (text: string, shape?: ShapeName) =>
  parseHistory(text, 'h', formatOf(text), { failedCas: 'nothing', shape });

/** Events, one a line: `0 invoke read [1 nil]`; as text, and as EDN. */
function forms(...events: readonly string[]): readonly string[] {
  const parts = events.map((event) => /^(\S+) (\S+) (\S+)(?: (.*))?$/.exec(event)!.slice(1));
  const text = parts.map(([process, type, f, value = 'nil']) => `${process}\t:${type}\t:${f}\t${value}\n`);
  const edn = parts.map(
    ([process, type, f, value = 'nil']) =>
      `{:process ${process}, :type :${type}, :f :${f}, :value ${value}}\n`,
  );
  return [text.join(''), edn.join(''), `[${edn.join('')}]`];
}

function short(operations: readonly HistoryOperation[]) {
  return operations.map(({ client, input, output }) => {
    const { type, key, ...values } = input;
    return [
      client,
      type,
      key,
      ...Object.values(values),
      output?.type === 'value' ? output.value : output?.type,
    ];
  });
}

/** `0 write [1 5]` called and answered, with what it answers where that is another. */
const done = (call: string, value?: string) => {
  const [process, f, ...rest] = call.split(' ');
  const own = rest.join(' ');
  return [`${process} invoke ${f} ${own}`, `${process} ok ${f} ${value ?? own}`];
};

describe.each<[string, readonly string[], ShapeName, readonly unknown[][]]>([
  [
    'a register',
    [...done('0 write 5'), ...done('1 read nil', '5'), ...done('1 cas [5 6]'), '2 invoke read nil'],
    'plain',
    [
      ['0', 'write', '', 5, 'done'],
      ['1', 'read', '', 5],
      ['1', 'cas', '', 5, 6, 'done'],
    ],
  ],
  [
    'a register whose reads are called with what they will see, as Knossos completes them',
    [...done('0 write 5'), ...done('1 read 5')],
    'plain',
    [
      ['0', 'write', '', 5, 'done'],
      ['1', 'read', '', 5],
    ],
  ],
  [
    'a register of vectors: reads are called with nothing',
    [...done('0 write [1 5]'), ...done('1 read nil', '[1 5]')],
    'plain',
    [
      ['0', 'write', '', [1, 5], 'done'],
      ['1', 'read', '', [1, 5]],
    ],
  ],
  [
    'tuples of jepsen.independent',
    [
      ...done('0 write [1 5]'),
      ...done('1 read [2 nil]'),
      ...done('1 cas [1 [5 6]]'),
      '3 invoke read [1 nil]',
    ],
    'tuple',
    [
      ['0', 'write', '1', 5, 'done'],
      ['1', 'read', '2', null],
      ['1', 'cas', '1', 5, 6, 'done'],
    ],
  ],
  [
    'tuples, with a read of nothing that nobody answered',
    [
      ...done('0 write [1 5]'),
      ...done('1 read [1 nil]', '[1 5]'),
      '2 invoke read nil',
      '2 info read nil',
      '3 invoke read',
    ],
    'tuple',
    [
      ['0', 'write', '1', 5, 'done'],
      ['1', 'read', '1', 5],
    ],
  ],
  [
    'tuples with keys of every kind, and none that becomes another',
    [
      ...['1', '"1"', ':a', '"b"', 'nil', '"nil"', '[1 2]', '""'].flatMap((key) =>
        done(`0 write [${key} 5]`),
      ),
      '1 invoke read [:a nil]',
    ],
    'tuple',
    ['1', '"1"', ':a', 'b', 'nil', '"nil"', '[1,2]', '""'].map((key) => ['0', 'write', key, 5, 'done']),
  ],
  [
    'tuples of lists and of nothing',
    [...done('0 write [1 [2 3]]'), ...done('0 write [1 nil]'), ...done('0 read [1 nil]')],
    'tuple',
    [
      ['0', 'write', '1', [2, 3], 'done'],
      ['0', 'write', '1', null, 'done'],
      ['0', 'read', '1', null],
    ],
  ],
  [
    'single micro-operations on registers',
    [...done('2 write [[:w 9 2]]'), ...done('3 read [[:r 9 nil]]', '[[:r 9 2]]'), '4 invoke txn [[:w 9 3]]'],
    'txn',
    [
      ['2', 'write', '9', 2, 'done'],
      ['3', 'read', '9', 2],
      ['4', 'write', '9', 3, undefined],
    ],
  ],
  [
    'single micro-operations on lists',
    [
      ...done('0 txn [[:append x 3]]'),
      ...done('1 txn [[:r x nil]]', '[[:r x [3]]]'),
      ...done('1 txn [[:r y nil]]', '[[:r y []]]'),
    ],
    'txn',
    [
      ['0', 'push', 'x', 3, 'done'],
      ['1', 'read', 'x', [3]],
      ['1', 'read', 'y', null],
    ],
  ],
  [
    'appends of numbers are to lists',
    [...done('0 append [1 3]'), ...done('1 read [1 nil]', '[1 [3]]')],
    'tuple',
    [
      ['0', 'push', '1', 3, 'done'],
      ['1', 'read', '1', [3]],
    ],
  ],
  [
    'appends of texts to texts',
    [...done('0 append "a"'), ...done('1 read nil', '"a"')],
    'plain',
    [
      ['0', 'append', '', 'a', 'done'],
      ['1', 'read', '', 'a'],
    ],
  ],
])('%s', (_, events, shape, operations) => {
  test.each(forms(...events))('%#', (text) => {
    const history = read(text);
    expect([history.readAs?.shape, short(history.operations)]).toEqual([shape, operations]);
    expect(history.readAs?.because).not.toBe('');
  });
});

test('a tag can mark a value as a tuple; a set or list of two values is not one', () => {
  const [, edn] = forms(...done('0 write [1 5]'), ...done('1 read nil', '[1 5]')) as [string, string];
  expect(() => read(edn.replaceAll('[1 5]', '#jepsen.independent/tuple [1 5]'))).toThrow(
    'h:3: a read of nil is no [key value], but line 1 reads [1,5]: say --shape tuple or --shape plain',
  );
  const [, tagged] = forms(...done('0 write [1 5]'), ...done('0 write [1 5]')) as [string, string];
  expect(read(tagged.replaceAll('[', '#clojure.lang.MapEntry [')).readAs?.shape).toBe('tuple');
  for (const set of ['#{1 5}', '(1 5)'])
    expect(read(tagged.replaceAll('[1 5]', set)).readAs?.shape).toBe('plain');
});

test.each<[string, readonly string[], string]>([
  [
    'nothing tells whether pairs are tuples',
    done('0 write [1 5]'),
    'h:1: cannot tell whether [1,5] is [key value] or the value of a register: say --shape tuple or --shape plain',
  ],
  [
    'a cas of a pair in a register, or of a key',
    [...done('0 write [1 5]'), ...done('0 cas [1 [5 6]]'), ...done('1 read [1 5]')],
    'h:1: cannot tell whether [1,5] is',
  ],
  [
    'tuples, but not all of them',
    [...done('0 read [1 nil]'), ...done('0 write 7')],
    'h:3: a write of 7 is no [key value], but line 1 reads [1,null]: say --shape tuple or --shape plain',
  ],
  [
    'an answer that has lost its key',
    done('0 read [1 nil]', '0'),
    'h:2: a read of 0 is no [key value], but line 1 reads [1,null]',
  ],
  [
    'an answer of another key',
    done('0 read [1 nil]', '[2 5]'),
    'h:2: a read of [1,null] (line 1) ends with [2,5]',
  ],
  [
    'versions beside the values, as in the tests of etcd',
    [...done('0 write [1 [nil 5]]', '[1 [2 5]]'), ...done('1 read [1 [nil nil]]', '[1 [2 5]]')],
    'h:2: a write of [1,[null,5]] (line 1) ends with [1,[2,5]]',
  ],
  [
    'a write that the server chose the value of',
    done('0 write nil', '7'),
    'h:2: a write of nil (line 1) ends with 7',
  ],
  [
    'a cas of three',
    [...done('0 read ["k" nil]'), ...done('0 cas ["k" "a" "b"]')],
    'h:3: a cas of ["k","a","b"] is no [key value], but line 1 reads ["k",null]: use --shape triple if it is [key old new]',
  ],
  [
    'a cas of three, where nothing else is a tuple',
    [...done('0 write ["k" "a"]'), ...done('0 cas ["k" "a" "b"]')],
    'h:3: a cas of ["k","a","b"] is not [old new]: use --shape triple if it is [key old new]',
  ],
  ['a cas of one', done('0 cas 3'), 'h:1: a cas of 3 is not [old new]'],
  [
    'a transaction of several operations',
    done('0 txn [[:append 9 1] [:r 9 nil]]'),
    'h:1: a transaction of 2 micro-operations: a transactional checker, as Elle, decides such histories',
  ],
  [
    'micro-operations and other values',
    [...done('0 write [[:w 9 2]]'), ...done('0 write 5')],
    'h:3: 5 is no list of micro-operations, but line 1 calls micro-operations: say --shape plain if they are values',
  ],
  [
    'other micro-operations',
    done('0 txn [[:poll 9]]'),
    'h:1: ":poll" is no micro-operation that is known here',
  ],
  ['a read that writes', done('0 read [[:w 9 1]]'), 'h:1: a read holds the micro-operation ":w"'],
  [
    'lists and registers at once',
    [...done('0 txn [[:append 9 1]]'), ...done('0 txn [[:w 9 1]]')],
    'h:3: a txn of [[":w",9,1]] does not fit appends to lists (line 1)',
  ],
  [
    'a set, under the name of a register',
    [...done('0 write 1'), ...done('1 read nil', '[1 2]')],
    'h:4: reads see lists or sets, [1,2], but single values are written (line 1): that is not a register',
  ],
  ['a set or a counter', done('0 add 1'), 'h:1: "add" is no operation of a register or a map (known: '],
  ['a queue', [...done('0 write 1'), ...done('0 enqueue 1')], 'this looks like a queue'],
  ['a lock', done('0 acquire nil'), 'this looks like a lock'],
])('refused by name: %s', (_, events, message) => {
  for (const text of forms(...events)) expect(() => read(text)).toThrow(message);
});

test('a flag decides what the file leaves open', () => {
  const [text] = forms(
    ...done('1 read ["k1" nil]'),
    ...done('0 write ["k0" "v0"]'),
    ...done('1 cas ["k0" "v0" "v1"]'),
  ) as [string];
  expect(short(read(text, 'triple').operations)).toEqual([
    ['1', 'read', 'k1', null],
    ['0', 'write', 'k0', 'v0', 'done'],
    ['1', 'cas', 'k0', 'v0', 'v1', 'done'],
  ]);
  const [pair] = forms(...done('0 write [1 5]', '7'), ...done('1 read nil', '[1 5]')) as [string];
  expect(short(read(pair, 'plain').operations)[0]).toEqual(['0', 'write', '', [1, 5], 'done']);
  expect(short(read(pair, 'tuple').operations)).toEqual([
    ['0', 'write', '1', 5, 'done'],
    ['1', 'read', '1', 5],
  ]);
  expect(() => read(pair, 'txn')).toThrow('h:1: [1,5] is no list of micro-operations');
  const [micro] = forms(...done('0 write [[:w 9 2]]')) as [string];
  expect(short(read(micro, 'plain').operations)).toEqual([['0', 'write', '', [[':w', 9, 2]], 'done']]);
});

test('keys in maps are in all events or in none, and values are then taken as they are', () => {
  const keyed = '{:process 0 :type :invoke :f :write :key 1 :value [1 5]}{:process 0 :type :ok :f :write}';
  expect(short(read(keyed).operations)).toEqual([['0', 'write', '1', [1, 5], 'done']]);
  const more = '\n{:process 1 :type :invoke :f :write :value 3}';
  expect(() => read(keyed + more)).toThrow('h:2: this call has no :key, but that in line 1 has one');
  expect(short(read(`${keyed}{:process 1 :type :invoke :f :read}`).operations)).toHaveLength(1);
  expect(() => read(keyed, 'tuple')).toThrow('h:1: keys are in :key here, which does not fit --shape tuple');
});

test('transactions without a function name are recognized by their values', () => {
  expect(() => read('{:type :invoke, :value [[:append 4 1] [:append 1 1]], :process 1}')).toThrow(
    'h:1: a transaction of 2 micro-operations',
  );
  expect(short(read('{:type :invoke, :value [[:w 4 1]], :process 1}').operations)).toHaveLength(1);
});
