/**
 * The `detail` of a row: what is written is read back, in code and in SQL, and any other text does
 * no harm.
 */
import fc from 'fast-check';
import { Database, literal } from '../../analysis/run/database.ts';
import {
  detailSql,
  type EventDetail,
  readDetail,
  readFault,
  writeDetail,
  writeFault,
} from '../../vm/event-detail.ts';

const word = fc.stringMatching(/^[\w:.-]{1,8}$/);
const number = fc.nat();
const list = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 4 });
const DETAILS: fc.Arbitrary<Partial<EventDetail>> = fc.record(
  {
    boot: number,
    skipped_ticks: number,
    lost_rows: number,
    why: word,
    from: word,
    cause: word,
    granted: fc.boolean(),
    taken: fc.boolean(),
    installed: fc.boolean(),
    recovery: word,
    origin: word,
    plan: word,
    id: word,
    error: word,
    commands: number,
    first: number,
    cut: fc.boolean(),
    prev: number,
    entries: list(word),
    by: list(word),
    skipped: list(word),
  },
  { requiredKeys: [] },
);

test('what is written is read back', () => {
  fc.assert(fc.property(DETAILS, (detail) => expect(readDetail(writeDetail(detail))).toEqual(detail)));
});

test('the pairs are in the given order, and undefined ones are left out', () => {
  expect(writeDetail({ first: 5, cut: undefined, prev: 2, entries: ['3:noop', '3:1z.17'] })).toBe(
    'first=5 prev=2 entries=3:noop,3:1z.17',
  );
  expect(writeDetail({ why: 'inbox full' })).toBe('why=inbox_full');
});

test('SQL reads what code reads', async () => {
  const details = fc.sample(DETAILS, { numRuns: 100, seed: 1 });
  const keys = ['boot', 'granted', 'recovery', 'first', 'entries', 'skipped', 'by', 'lost_rows'] as const;
  const database = await Database.open(false);
  try {
    const rows = details.map((detail, id) => `(${id}, ${literal(writeDetail(detail))})`);
    const columns = keys.map((key) => `to_json(${detailSql(key)}) AS ${key}`);
    const read = await database.rows<Record<string, string | null>>(
      `SELECT ${columns.join(', ')} FROM (VALUES ${rows.join(', ')}) AS rows (id, detail) ORDER BY id`,
    );
    const plain = (value: unknown) => (Array.isArray(value) ? value.map(String) : (value ?? null));
    expect(
      read.map((row) => keys.map((key) => (row[key] == null ? null : JSON.parse(row[key] as string)))),
    ).toEqual(details.map((detail) => keys.map((key) => plain(detail[key]))));
  } finally {
    database.close();
  }
});

test('any text is read as far as it is understood', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      readDetail(text);
      readFault(text);
    }),
  );
  expect(readDetail('boot=two said=hello first=3 = x= by')).toEqual({ boot: undefined, first: 3 });
  expect(readDetail(undefined)).toEqual({});
  expect(readDetail('__proto__=1 constructor=2')).toEqual({});
});

test('a fault has its fields as JSON', () => {
  const fields = {
    node: 'n5',
    groups: [['n1', 'n2'], ['n3']],
    settings: { delayUs: [1, 2], lossRate: 0.1 },
    done: 'dropped "a" to=b',
    ticksPerSecond: 50,
  };
  expect(readFault(writeFault(fields))).toEqual(fields);
});
