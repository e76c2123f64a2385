/**
 * Histories with the operations, values and order of their source, and the verdicts that were
 * published with them. Only facts are taken, written down by hand.
 */
import { history, type Source } from './published.ts';

export const COPIED: readonly Source[] = [
  {
    source:
      'MIT 6.824 Distributed Systems, lecture notes on linearizability (l-raft2.txt and l-linearizability.txt)',
    histories: [
      history('holds', 'example 1: reads that overlap two writes', [
        'A write 1 @ 2-8',
        'A write 2 @ 10-16',
        'B read -> 2 @ 4-14',
        'C read -> 1 @ 6-12',
      ]),
      history('violated', 'example 2: the new value, then the old', [
        'A write 1 @ 2-8',
        'A write 2 @ 10-16',
        'B read -> 2 @ 4-12',
        'C read -> 1 @ 14-20',
      ]),
      history('holds', 'example 2 without the read of the new value', [
        'A write 1 @ 2-8',
        'A write 2 @ 10-16',
        'C read -> 1 @ 14-20',
      ]),
      history('holds', 'example 3: concurrent writes in either order', [
        'A write 0 @ 0-7',
        'A write 1 @ 11-19',
        'B write 2 @ 12-20',
        'C read -> 2 @ 8-14',
        'C read -> 1 @ 16-22',
      ]),
      history('violated', 'example 4: two clients that see the writes in different orders', [
        'A write 0 @ 0-7',
        'A write 1 @ 11-19',
        'B write 2 @ 12-20',
        'C read -> 2 @ 8-14',
        'C read -> 1 @ 16-22',
        'D read -> 1 @ 9-15',
        'D read -> 2 @ 17-23',
      ]),
      history('violated', 'example 5: a stale read', [
        'A write 1 @ 0-6',
        'B write 2 @ 8-14',
        'C read -> 1 @ 16-22',
      ]),
      history('violated', 'a request that was sent again is carried out twice', [
        'A write 1 @ 0-23',
        'B write 2 @ 7-13',
        'C read -> 1 @ 2-8',
        'C read -> 2 @ 10-16',
        'C read -> 1 @ 19-25',
      ]),
      history('holds', 'a read that was sent again gets the saved answer', [
        'A write 3 @ 0-6',
        'A write 4 @ 17-23',
        'B read -> 3 @ 9-26',
      ]),
      history('holds', 'the same with the new value, which is right too', [
        'A write 3 @ 0-6',
        'A write 4 @ 17-23',
        'B read -> 4 @ 9-26',
      ]),
    ],
  },
  {
    source:
      'Porcupine, porcupine_test.go (TestRegisterModel after the MIT 6.824 quiz 2 of 2017, section VII; TestZeroDuration)',
    histories: [
      history(
        'holds',
        'a put and two gets within it',
        ['0 write 100 @ 0-100', '1 read -> 100 @ 25-75', '2 read -> 0 @ 30-60'],
        0,
      ),
      history(
        'violated',
        'a get of the new value, then one of the old, within a put',
        ['0 write 200 @ 0-100', '1 read -> 200 @ 10-30', '2 read -> 0 @ 40-90'],
        0,
      ),
      history(
        'holds',
        'gets that take no time',
        ['0 write 100 @ 0-100', '1 read -> 100 @ 25-75', '2 read -> 0 @ 30-30', '3 read -> 0 @ 30-30'],
        0,
      ),
      history(
        'violated',
        'gets that take no time, of the new value, then one of the old',
        ['0 write 200 @ 0-100', '1 read -> 200 @ 10-10', '2 read -> 200 @ 10-10', '3 read -> 0 @ 40-90'],
        0,
      ),
    ],
  },
  {
    source:
      'Knossos, test/knossos/core_test.clj, linear_test.clj and wgl_test.clj, and data/cas-register/bad',
    histories: [
      history('holds', 'crash-test', ['0 write 1 -> unknown @ 0-1'], 0),
      history('holds', 'sequential-test', ['0 read -> 0 @ 0-1'], 0),
      history('violated', 'preserves-indices-test', ['0 write 1 @ 5-7', '0 read -> 2 @ 99-100'], 0),
      history('violated', 'read-wrong-initial-value-test', ['0 read -> 1 @ 0-1'], 0),
      history(
        'holds',
        'simple read-write race with one linearization',
        ['a read -> 0 @ 0-1', 'a read -> 1 @ 2-4', 'b write 1 @ 3-5'],
        0,
      ),
      history(
        'holds',
        'totally concurrent but corresponding reads and writes',
        [
          'w1 write 1 @ 0-6',
          'r1 read -> 1 @ 1-7',
          'w2 write 2 @ 2-8',
          'r2 read -> 2 @ 3-9',
          'w3 write 3 @ 4-10',
          'r3 read -> 3 @ 5-11',
        ],
        0,
      ),
      history(
        'holds',
        'history-a: beside a read that never returns',
        [
          '4 write 2 @ 0-1',
          '6 read @ 2-',
          '1 write 4 @ 3-4',
          '14 read -> 4 @ 5-6',
          '9 write 0 @ 7-8',
          '19 read -> 0 @ 9-10',
        ],
        0,
      ),
      history('violated', 'rethink-fail-minimal: a value from nowhere', [
        '0 write 0 @ 0-1',
        '1 read -> 3 @ 2-4',
        '2 write 4 @ 3-5',
        '3 read -> 4 @ 6-7',
      ]),
      history(
        'violated',
        'bad-analysis: two values from nowhere, beside a crashed read and a crashed write',
        [
          '4 write 2 @ 0-1',
          '6 read @ 2-',
          '1 write 4 @ 3-4',
          '14 read -> 4 @ 5-6',
          '9 write 0 @ 7-8',
          '19 read -> 0 @ 9-11',
          '20 write 1 @ 10-',
          '22 read -> 3 @ 12-15',
          '21 read -> 2 @ 13-14',
        ],
        0,
      ),
    ],
  },
  {
    source:
      'Stateright, src/semantics/linearizability.rs (identifies_linearizable_register_history, identifies_unlinearizable_register_history)',
    histories: [
      history(
        'holds',
        'a write in flight that is not seen',
        ['0 write "B" @ 0-', '1 read -> "A" @ 1-2'],
        'A',
      ),
      history('holds', 'a write in flight that is seen', ['0 read -> "B" @ 0-2', '1 write "B" @ 1-'], 'A'),
      history('violated', 'a value that nobody wrote', ['0 read -> "B" @ 0-1'], 'A'),
      history(
        'violated',
        'a value before it is written: sequentially consistent, but not linearizable',
        ['0 read -> "B" @ 0-1', '1 write "B" @ 2-'],
        'A',
      ),
    ],
  },
];
