import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { EventEncoder, encodeEvents, HEADER } from '../../../logs/format/encode.ts';
import { toRow } from '../../../logs/format/schema.ts';
import { LogWriter } from '../../../logs/writer.ts';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { simulate } from '../../../replication/sim/cluster.ts';
import { EVENT_KINDS, type EventRecord } from '../../../vm/event.ts';
import { removeTemporary, temporaryFolder } from '../temporary.ts';

afterAll(removeTemporary);

/** What csv-stringify makes of the events. */
function reference(events: readonly EventRecord[]): string {
  return stringify(
    events.map((event) => [...toRow(event)]),
    { eof: true, record_delimiter: '\n' },
  );
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const character = fc.constantFrom('"', ',', ' ', 'a', '~', '\\', '\r', '\n', '\t', '\u007f', 'é', '\ud800');
const text = fc.oneof(
  character,
  fc.string({ unit: character }),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[a-z0-9:., ="-]*$/),
);
const count = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(
    0,
    9,
    10,
    99,
    100,
    9_999,
    10_000,
    99_999,
    100_000,
    999_999_999,
    1_000_000_000,
    1_000_000_001,
  ),
  fc.bigInt({ min: 0n, max: 53n }).map((bits) => 2 ** Number(bits)),
);
const number = fc.oneof({ weight: 9, arbitrary: count }, fc.double(), fc.integer());
const vector = fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z][0-9]{1,2}$/), text), number);
const event: fc.Arbitrary<EventRecord> = fc.record({
  timeUs: number,
  node: text,
  tick: optional(number),
  lamport: optional(number),
  vector: optional(vector),
  event: fc.constantFrom(...EVENT_KINDS),
  peer: optional(text),
  message: optional(text),
  kind: optional(text),
  queue: optional(number),
  term: optional(number),
  role: optional(text),
  index: optional(number),
  commit: optional(number),
  detail: optional(text),
});

describe('the encoder writes the bytes of csv-stringify', () => {
  test('for events with any contents', () => {
    const encoder = new EventEncoder();
    const property = fc.property(fc.array(event, { maxLength: 5 }), (events) => {
      for (const one of events) encoder.add(one);
      expect(Buffer.from(encoder.take())).toEqual(Buffer.from(reference(events)));
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('for events that each have a single field', () => {
    const base = { timeUs: 1, node: 'n1', event: 'internal' } as const;
    const some = fc.oneof(
      fc.record({ node: text }),
      fc.record({ detail: text }),
      fc.record({ timeUs: number }),
      fc.record({ index: number }),
      fc.record({ vector }),
      fc.record({ vector: fc.dictionary(character, count, { maxKeys: 1 }) }),
    );
    const property = fc.property(some, (fields) => {
      const events = [{ ...base, ...fields }];
      expect(Buffer.from(encodeEvents(events))).toEqual(Buffer.from(reference(events)));
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test('for a row that is longer than all before', () => {
    const events: EventRecord[] = [3_000, 5_000, 20_000].flatMap((length) => [
      { timeUs: 1, node: 'n1', event: 'fault', detail: 'x'.repeat(length) },
      { timeUs: 1, node: 'n1', event: 'fault', detail: '"'.repeat(length) },
      { timeUs: 1, node: 'n1', event: 'fault', detail: 'é'.repeat(length) },
      { timeUs: 1, node: 'n1', event: 'fault', vector: many(length) },
    ]);
    expect(encodeEvents(events)).toBe(reference(events));
  });

  test('for rows that just fit into the buffer, or just do not', () => {
    for (let length = 8_000; length < 8_200; length++) {
      const events: EventRecord[] = [
        { timeUs: 1, node: 'n1', event: 'fault', detail: 'x'.repeat(length) },
        { timeUs: 2, node: 'n1', event: 'fault', detail: 'y' },
      ];
      expect(encodeEvents(events)).toBe(reference(events));
    }
  });

  test('for a run of Raft with faults, on disk too', async () => {
    const dir = temporaryFolder();
    const writer = new LogWriter({ dir, node: 'all', whenFull: 'wait' });
    const events: EventRecord[] = [];
    const record = (one: EventRecord) => {
      events.push(one);
      writer.write(one);
    };
    const cluster = simulate({ machine: keyValueMachine, replicas: 5, record });
    for (let round = 0; round < 300; round++) {
      for (const [i, node] of cluster.nodes.entries())
        cluster.request(node, { type: 'submit', command: { type: 'put', key: `key${i}`, value: round } });
      if (round === 100) cluster.do({ type: 'crash', node: 'n1' });
      if (round === 150) cluster.do({ type: 'partition', groups: [['n2'], ['n3', 'n4', 'n5']] });
      if (round === 200) cluster.do({ type: 'restart', node: 'n1' });
      if (round === 250) cluster.do({ type: 'heal' });
      cluster.advance(10_000);
    }
    await writer.close();
    expect(events.length).toBeGreaterThan(10_000);
    expect(events.filter((one) => one.detail?.includes('"')).length).toBeGreaterThan(0);
    expect(readFileSync(join(dir, 'all.csv'), 'utf8') === HEADER + reference(events)).toBe(true);
  });
});

function many(machines: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: machines }, (_, i) => [`n${i}`, i]));
}
