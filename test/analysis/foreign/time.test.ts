import { Database, literal } from '../../../analysis/database.ts';
import { microseconds } from '../../../analysis/foreign/time.ts';

let database: Database;
beforeAll(async () => {
  database = await Database.open(false);
});
afterAll(() => database.close());

test.each([
  ['0', 's', 0],
  ['12', 's', 12_000_000],
  ['1700000000.1234567', 's', 1700000000123456],
  ['1.7e9', 's', 1700000000000000],
  ['5e-7', 's', 0],
  ['1.5', 'ms', 1500],
  ['17', 'us', 17],
  ['999', 'ns', 0],
  ['1700000000123456789', 'ns', 1700000000123456],
  ['1970-01-01T00:00:01Z', 'iso', 1_000_000],
  ['1970-01-01 00:00:01,5', 'iso', 1_500_000],
  ['1970-01-01T02:00:01.000001+0200', 'iso', 1_000_001],
  ['00:01:00.25', 'iso', 60_250_000],
  ['now', 's', null],
  ['-1', 's', null],
  ['1.7000000001e+9', 's', 1700000000100000],
  ['1.7E18', 'ns', 1700000000000000],
  ['12.', 's', 12_000_000],
  ['1e99', 's', null],
  ['99999999999', 's', null],
  ['2024-03-01 13:00:00,5 +01:00', 'iso', 1709294400500000],
  ['2024-03-01T06:30:00.123456789-05:30', 'iso', 1709294400123456],
  ['2024-03-01t12:00:00z', 'iso', 1709294400000000],
  ['', 's', null],
  ['12', 'iso', null],
  ['1970-13-01T00:00:01Z', 'iso', null],
] as const)('%s in %s', async (text, unit, us) => {
  const { told } = await database.row<{ told: number | null }>(
    `SELECT ${microseconds('text', unit)} AS told FROM (SELECT ${literal(text)} AS text)`,
  );
  expect(told).toBe(us);
});
