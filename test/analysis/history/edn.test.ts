/** The EDN reader: the part that histories use, and the errors for the rest. */
import { EdnReader } from '../../../analysis/history/edn.ts';
import type { Value } from '../../../vm/store.ts';

function read(text: string): Value[] {
  const reader = new EdnReader(text, 'h.edn');
  const values: Value[] = [];
  for (let form = reader.next(); form !== undefined; form = reader.next()) values.push(form.value);
  return values;
}

test.each<[string, Value[]]>([
  ['nil true false', [null, true, false]],
  ['1 -2 +3 1.5 -2e3 7N 1.5M', [1, -2, 3, 1.5, -2000, 7, 1.5]],
  ['9007199254740993 1/3 02', ['9007199254740993', '1/3', '02']],
  [':ok :a/b foo foo.bar/baz', [':ok', ':a/b', 'foo', 'foo.bar/baz']],
  ['"a\\"b\\n\\u0041" ""', ['a"b\nA', '']],
  ['\\a \\newline \\u0041', ['a', '\n', 'A']],
  ['[1 [2] (3 4)]', [[1, [2], [3, 4]]]],
  ['{:a 1, "b" {2 3}}', [{ ':a': 1, b: { '2': 3 } }]],
  ['#{3 1 2}', [[1, 2, 3]]],
  ['#inst "2020" #foo/Bar{:a 1} ##Inf', ['2020', { ':a': 1 }, '##Inf']],
  ['^:dynamic x ^{:a 1} [2]', ['x', [2]]],
  ['1 ; two\n,, 3 #_ 4 #_[5 6] 7', [1, 3, 7]],
  ['', []],
  ['; nothing', []],
])('reads %s', (text, values) => {
  expect(read(text)).toEqual(values);
});

test('equal maps are equal, however they are written', () => {
  const [a, b] = read('{:a 1 :b 2} {:b 2 :a 1}');
  expect(JSON.stringify(a)).toBe(JSON.stringify(b));
});

test('knows the line in which a form begins', () => {
  const reader = new EdnReader('[{:a 1}\n ; so\n\n {:b\n 2}\n3]', 'h.edn');
  expect([...reader.within()].map(({ line }) => line)).toEqual([1, 4, 6]);
});

test.each([
  ['\n[1 2', 'h.edn:2: what begins in line 2 is not closed'],
  ['{:a 1\n :b}', 'h.edn:1: a map has a key without a value'],
  ['1\n]', 'h.edn:2: "]" does not belong here'],
  ['"abc\n', 'h.edn:2: the text that begins in line 1 is not closed'],
  ['"\\u00g0"', 'h.edn:1: \\u needs four digits'],
  ['#', 'h.edn:1: a tag has no name'],
  ['#foo', 'h.edn:1: the text ends too early'],
  ['['.repeat(1000), 'h.edn:1: forms are nested more than 200 deep'],
])('refuses %j', (text, message) => {
  expect(() => read(text)).toThrow(message);
});
