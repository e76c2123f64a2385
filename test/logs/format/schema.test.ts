import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { encodeEvents, HEADER } from '../../../logs/format/encode.ts';
import { COLUMNS, fromRow, RowError, toRow } from '../../../logs/format/schema.ts';
import { EVENT_KINDS, type EventRecord } from '../../../vm/event.ts';

const EVENT: EventRecord = {
  timeUs: 1_700_000_000_000_001,
  node: 'r1',
  tick: 12,
  lamport: 40,
  vector: { r1: 30, 'r2.2': 4 },
  event: 'send',
  peer: 'r2 r3',
  message: 'r1-7',
  kind: 'append',
  queue: 0,
  term: 3,
  role: 'leader',
  index: 9,
  commit: 8,
  detail: 'entries=2 say="hi, all"',
};

test('the columns are in the order of the design', () => {
  expect(HEADER).toBe(
    'time_us,node,tick,lamport,vector,event,peer,message,kind,queue,term,role,index,commit,detail\n',
  );
});

test('a row with all columns', () => {
  expect(encodeEvents([EVENT])).toBe(
    '1700000000000001,r1,12,40,"{""r1"":30,""r2.2"":4}",send,r2 r3,r1-7,append,0,3,leader,9,8,"entries=2 say=""hi, all"""\n',
  );
});

test('columns that do not apply are empty, and zero is not empty', () => {
  const event: EventRecord = { timeUs: 0, node: 'world', event: 'fault', queue: 0, kind: 'heal' };
  expect(encodeEvents([event])).toBe('0,world,,,,fault,,,heal,0,,,,,\n');
});

test('any event can be written as one line of text and read back', () => {
  const number = fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { nil: undefined });
  const text = fc.option(
    fc.string({ unit: 'binary', minLength: 1 }).map((s) => s.replaceAll(/[\r\n]/g, '-')),
    {
      nil: undefined,
    },
  );
  const event: fc.Arbitrary<EventRecord> = fc.record({
    timeUs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    node: fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/),
    tick: number,
    lamport: number,
    vector: fc.option(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.nat()), { nil: undefined }),
    event: fc.constantFrom(...EVENT_KINDS),
    peer: text,
    message: text,
    kind: text,
    queue: number,
    term: number,
    role: text,
    index: number,
    commit: number,
    detail: text,
  });
  fc.assert(
    fc.property(event, (record) => {
      const line = encodeEvents([record]);
      expect(line.match(/[\r\n]/g)).toHaveLength(1);
      expect(fromRow(parse(line)[0]!)).toEqual(record);
    }),
  );
});

test('a line break in a text becomes a space', () => {
  const [line] = encodeEvents([{ timeUs: 1, node: 'a', event: 'internal', detail: 'one\r\ntwo' }]).split(
    '\n',
  );
  expect(line!.endsWith(',one two')).toBe(true);
});

test('the kind that no machine writes is read, because version 1 has it', () => {
  const row = toRow(EVENT).map(String);
  row[COLUMNS.findIndex(({ name }) => name === 'event')] = 'persist';
  expect(fromRow(row)).toEqual({ ...EVENT, event: 'persist' });
});

describe('a row that does not fit the schema is refused, by column', () => {
  const row = toRow(EVENT).map(String);
  const damaged = (column: string, value: string) =>
    row.map((cell, i) => (COLUMNS[i]!.name === column ? value : cell));

  test.each([
    ['time_us', ''],
    ['time_us', '-1'],
    ['time_us', '1e3'],
    ['node', ''],
    ['lamport', 'x'],
    ['queue', '1.5'],
    ['commit', '9007199254740993'],
    ['event', 'party'],
    ['vector', '{"r1":-1}'],
    ['vector', '[1]'],
    ['vector', '{'],
  ])('%s: "%s"', (column, value) => {
    expect(() => fromRow(damaged(column, value))).toThrow(RowError);
    expect(() => fromRow(damaged(column, value))).toThrow(new RegExp(`^${column}: `));
  });

  test('too few columns', () => {
    expect(() => fromRow(row.slice(0, 14))).toThrow('14 columns instead of 15');
  });
});
