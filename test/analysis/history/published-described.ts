/**
 * Histories that were published in words or as a picture. Each is the smallest one that fits the
 * description; the verdict is that of the source.
 */
import { history, type Source } from './published.ts';

export const DESCRIBED: readonly Source[] = [
  {
    source: 'Kleppmann, Designing Data-Intensive Applications (2017), figures 9-2 to 9-4',
    histories: [
      history(
        'holds',
        'figure 9-2: reads before, during and after a write',
        [
          'A read -> 0 @ 0-4',
          'C write 1 @ 5-20',
          'A read -> 0 @ 6-10',
          'B read -> 1 @ 7-12',
          'A read -> 1 @ 22-25',
        ],
        0,
      ),
      history(
        'violated',
        'figure 9-3: once the new value was returned, the old must not be, though the write has not ended',
        ['C write 1 @ 0-20', 'A read -> 0 @ 1-4', 'A read -> 1 @ 5-9', 'B read -> 0 @ 10-15'],
        0,
      ),
      history(
        'holds',
        'figure 9-4 without the final read of B',
        [
          'B read -> 1 @ 0-12',
          'D write 0 @ 1-10',
          'A write 1 @ 2-16',
          'B cas 1 2 -> ok @ 18-24',
          'C read -> 1 @ 14-19',
          'C read -> 2 @ 21-27',
          'D cas 0 3 -> mismatch @ 20-28',
          'C cas 2 4 -> ok @ 29-44',
          'A read -> 4 @ 30-36',
        ],
        0,
      ),
      history(
        'violated',
        'figure 9-4: B reads 2 after A has read 4, while the cas from 2 to 4 goes on',
        [
          'B read -> 1 @ 0-12',
          'D write 0 @ 1-10',
          'A write 1 @ 2-16',
          'B cas 1 2 -> ok @ 18-24',
          'C read -> 1 @ 14-19',
          'C read -> 2 @ 21-27',
          'D cas 0 3 -> mismatch @ 20-28',
          'C cas 2 4 -> ok @ 29-44',
          'A read -> 4 @ 30-36',
          'B read -> 2 @ 38-42',
        ],
        0,
      ),
    ],
  },
  {
    source:
      'Herlihy and Shavit, The Art of Multiprocessor Programming (2008), chapter 3: why calls should take effect one at a time, and in program order',
    histories: [
      history('violated', 'two threads write -3 and 7, and a third reads -7', [
        'A write 7 @ 0-10',
        'B write -3 @ 1-9',
        'C read -> -7 @ 11-12',
      ]),
      history('violated', 'a thread writes 7, then -3, and reads 7', [
        'A write 7 @ 0-1',
        'A write -3 @ 2-3',
        'A read -> 7 @ 4-5',
      ]),
    ],
  },
  {
    source:
      'Lamport, On interprocess communication (1986): what a regular register may do, and an atomic one may not',
    histories: [
      history(
        'violated',
        'of two reads within a write, the first obtains the new value and the second the old',
        ['W write 6 @ 0-10', 'R read -> 6 @ 1-3', 'R read -> 5 @ 4-6'],
        5,
      ),
      history(
        'holds',
        'the first obtains the old value and the second the new',
        ['W write 6 @ 0-10', 'R read -> 5 @ 1-3', 'R read -> 6 @ 4-6'],
        5,
      ),
    ],
  },
  {
    source:
      'Gibbons and Korach, Testing shared memories (1997), and Golab, Li and Shah, Analyzing consistency properties for fun and profit (2011): zones',
    histories: [
      history('violated', 'two forward zones overlap', [
        'A write 1 @ 0-1',
        'B write 2 @ 2-3',
        'C read -> 1 @ 4-5',
        'C read -> 2 @ 6-7',
      ]),
      history('violated', 'a backward zone within a forward zone', [
        'A write 1 @ 0-1',
        'B write 2 @ 3-6',
        'C read -> 2 @ 4-5',
        'D read -> 1 @ 10-11',
      ]),
      history('holds', 'a backward zone that begins before a forward zone', [
        'A write 1 @ 0-3',
        'B write 2 @ 1-6',
        'C read -> 2 @ 2-5',
        'D read -> 1 @ 8-9',
      ]),
    ],
  },
  {
    source:
      'Lamport, How to make a multiprocessor computer that correctly executes multiprocess programs (1979): mutual exclusion by two flags',
    histories: [
      history(
        'violated',
        'both set their flag, and both find that of the other not set',
        ['1 a.write 1 @ 0-2', '2 b.write 1 @ 1-3', '1 b.read -> 0 @ 4-6', '2 a.read -> 0 @ 5-7'],
        0,
      ),
      history(
        'holds',
        'the writes still go on when the flags are read: no order is violated yet',
        ['1 a.write 1 @ 0-20', '2 b.write 1 @ 1-21', '3 b.read -> 0 @ 4-6', '4 a.read -> 0 @ 5-7'],
        0,
      ),
    ],
  },
  {
    source:
      'Boehm and Adve, Foundations of the C++ concurrency memory model (2008): independent reads of independent writes',
    histories: [
      history(
        'violated',
        'two readers see two writes in different orders',
        [
          '1 x.write 1 @ 0-20',
          '2 y.write 1 @ 1-21',
          '3 x.read -> 1 @ 2-4',
          '3 y.read -> 0 @ 6-8',
          '4 y.read -> 1 @ 3-5',
          '4 x.read -> 0 @ 7-9',
        ],
        0,
      ),
    ],
  },
  {
    source:
      'Jepsen: etcd and Consul (2014), MongoDB (2013), MongoDB stale reads (2015, with the ticket SERVER-17975), VoltDB 6.3 (2016), and its documentation of :info',
    histories: [
      history('violated', 'etcd and Consul: a leader that was replaced answers a read by itself', [
        'a write 1 @ 0-1',
        'b write 2 @ 2-3',
        'a read -> 2 @ 4-5',
        'c read -> 1 @ 6-7',
      ]),
      history('violated', 'MongoDB 2.4.3: an acknowledged write is lost', [
        'a write 1 @ 0-1',
        'b read -> 1 @ 2-3',
        'a write 2 @ 4-5',
        'b read -> 1 @ 6-7',
      ]),
      history(
        'violated',
        'MongoDB 2.6.7: 4 and 3 are read, so a cas away from 0 took effect; then 0 is read',
        [
          '5 read -> 0 @ 0-1',
          '1 cas 0 4 -> unknown @ 2-20',
          '2 cas 4 3 -> unknown @ 3-21',
          '3 read -> 4 @ 4-6',
          '4 read -> 3 @ 7-9',
          '5 read -> 0 @ 10-12',
        ],
        0,
      ),
      history(
        'holds',
        'the same without the last read: what timed out took effect',
        [
          '5 read -> 0 @ 0-1',
          '1 cas 0 4 -> unknown @ 2-20',
          '2 cas 4 3 -> unknown @ 3-21',
          '3 read -> 4 @ 4-6',
          '4 read -> 3 @ 7-9',
        ],
        0,
      ),
      history('violated', 'MongoDB 2.6.7, a dirty read: of a write that failed', [
        'a write 1 @ 0-1',
        'b write 2 -> failed @ 2-5',
        'c read -> 2 @ 3-4',
        'c read -> 1 @ 6-7',
      ]),
      history(
        'violated',
        'VoltDB 6.3, a lost update: two compare-and-sets from one value',
        ['a cas 0 1 -> ok @ 0-4', 'b cas 0 2 -> ok @ 1-5', 'c read -> 2 @ 6-7'],
        0,
      ),
      history('holds', 'a write that failed, and is not seen', [
        'a write 1 @ 0-1',
        'b write 2 -> failed @ 2-5',
        'c read -> 1 @ 6-7',
      ]),
      history(
        'holds',
        ':info: a write that timed out takes effect long after',
        ['a write 1 -> unknown @ 0-5', 'b read -> 0 @ 6-7', 'b read -> 1 @ 8-9'],
        0,
      ),
      history(
        'violated',
        ':info: but it takes effect only once',
        [
          'a write 1 -> unknown @ 0-5',
          'b read -> 1 @ 6-7',
          'b write 2 @ 8-9',
          'b read -> 1 @ 10-11',
          'b read -> 2 @ 12-13',
        ],
        0,
      ),
      history(
        'violated',
        ':fail: a compare-and-set that failed took effect after all',
        ['a cas 0 1 -> failed @ 0-5', 'b read -> 1 @ 6-7'],
        0,
      ),
    ],
  },
  {
    source:
      'Ongaro, Consensus: Bridging Theory and Practice (2014), section 6.3: without sessions a command that is sent again is carried out twice',
    histories: [
      history('violated', 'an append that is there twice', ['a append "x" @ 0-5', 'b read -> "xx" @ 6-7']),
      history('holds', 'two appends, one of which never returned', [
        'a append "x" @ 0-5',
        'c append "x" @ 1-',
        'b read -> "xx" @ 6-7',
      ]),
    ],
  },
  {
    source:
      'Knossos, linear_test.clj, what it says of data/cas-register/bad/cas-failure.edn (bad-analysis-test-2)',
    histories: [
      history(
        'violated',
        'the value is 0; reads of 0 beside a write of 2, then a read of 0; a cas from 1 to 1 never returns',
        ['77 cas 1 1 @ 0-', '74 read -> 0 @ 1-4', '76 write 2 @ 2-3', '70 read -> 0 @ 5-6'],
        0,
      ),
      history(
        'holds',
        'the same without the last read: what never returned need not have happened',
        ['77 cas 1 1 @ 0-', '74 read -> 0 @ 1-4', '76 write 2 @ 2-3'],
        0,
      ),
    ],
  },
  {
    source: "Porcupine, porcupine_test.go, etcdModel: what a compare-and-set's answer says of the value",
    histories: [
      history('violated', 'it fails, though the value is as expected', [
        'a write 1 @ 0-1',
        'b cas 1 2 -> mismatch @ 2-3',
      ]),
      history('holds', 'it fails, for the value is another', [
        'a write 1 @ 0-1',
        'b cas 2 3 -> mismatch @ 2-3',
        'c read -> 1 @ 4-5',
      ]),
      history('violated', 'it succeeds, though the value is another', [
        'a write 1 @ 0-1',
        'b cas 2 3 -> ok @ 2-3',
      ]),
    ],
  },
];
