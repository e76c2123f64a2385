import fc from 'fast-check';
import type { Damage } from '../../../vm/program.ts';
import { type RandomState, seedRandom } from '../../../vm/random.ts';
import { type DiskSettings, SimDisk } from '../../../vm/sim/disk.ts';
import { recordName } from '../../../vm/sim/record-name.ts';
import { applyWrite, type Disk, prefixEnd, type Write } from '../../../vm/store.ts';

const put = (space: 'program' | 'data' | 'incoming', key: string, value: number): Write => ({
  ...{ space, key, value },
});
/** A batch as machines make them: what the program wrote, and at its end the clocks. */
const batchOf = (batch: number, ...more: Write[]): Write[] => [
  put('program', `p${batch}`, batch),
  put('data', `d${batch}`, batch),
  ...more,
  put('program', 'clock', batch),
];

/** A disk, and randomness of its own. */
class Case {
  readonly disk: SimDisk;
  readonly random: RandomState;
  #batches = 0;

  constructor(seed = 1, settings: Partial<DiskSettings> = {}) {
    this.disk = new SimDisk({ syncUs: [5, 9], ...settings });
    this.random = seedRandom(seed);
  }

  write(...more: Write[]): number | undefined {
    const writes = batchOf(++this.#batches, ...more);
    for (const write of writes) applyWrite(this.disk.current, write);
    return this.disk.write(this.#batches, writes, this.random);
  }

  sync(): number | undefined {
    return this.disk.synced(this.random);
  }

  /** Writes that many batches and makes them durable. */
  durable(count: number): this {
    for (let i = 0; i < count; i++) {
      this.write();
      this.sync();
    }
    return this;
  }

  keys(space: 'program' | 'data' | 'incoming'): string[] {
    return [...this.disk.current[space].range('', prefixEnd(''))]
      .map(([key]) => key)
      .filter((key) => key !== 'clock');
  }
}

describe('unsynced writes after a crash', () => {
  const crashed = (unsynced: 'lost' | 'kept' | 'torn', seed = 1) => {
    const made = new Case(seed).durable(2);
    for (let i = 0; i < 3; i++) made.write();
    made.disk.crash(made.random, unsynced);
    return made;
  };

  test('they are all lost, or all kept, whatever the seed', () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(crashed('lost', seed).keys('program')).toEqual(['p1', 'p2']);
      expect(crashed('kept', seed).keys('program')).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
      expect(crashed('kept', seed).disk.damage).toEqual([]);
    }
  });

  test('torn: what stood before stays, and of the first batch a record is there but damaged', () => {
    const broken = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const made = crashed('torn', seed);
      expect(made.disk.damage).toHaveLength(1);
      const [{ key }] = made.disk.damage as [Damage];
      broken.add(key);
      // A damaged record reads as absent. What stands before it in the batch is there, what comes
      // after it is not.
      expect(made.keys('program')).toEqual(key === 'p3' ? ['p1', 'p2'] : ['p1', 'p2', 'p3']);
      expect(made.keys('data')).toEqual(['d1', 'd2']);
    }
    expect(broken).toEqual(new Set(['p3', 'd3']));
  });

  test('torn, with nothing to tear, damages nothing', () => {
    const made = new Case().durable(2);
    made.disk.crash(made.random, 'torn');
    expect(made.disk.damage).toEqual([]);
    expect(made.keys('program')).toEqual(['p1', 'p2']);
  });
});

describe('bit rot', () => {
  test('is not noticed while running, and makes the record unreadable at the start', () => {
    const made = new Case().durable(3);
    expect(made.disk.rot(made.random, 'program/p2')).toBe('program/p2');
    expect(made.keys('program')).toEqual(['p1', 'p2', 'p3']);
    expect(made.disk.damage).toEqual([{ space: 'program', key: 'p2' }]);
    made.disk.crash(made.random);
    expect(made.keys('program')).toEqual(['p1', 'p3']);
    expect(made.disk.damage).toEqual([{ space: 'program', key: 'p2' }]);
  });

  test("draws any of the program's durable records if none is named", () => {
    const hit = new Set<string | undefined>();
    for (let seed = 0; seed < 60; seed++) {
      const made = new Case(seed).durable(3);
      made.write();
      hit.add(made.disk.rot(made.random));
    }
    expect(hit).toEqual(new Set(['program/p1', 'program/p2', 'program/p3']));
  });

  test('does nothing to a record that does not exist', () => {
    const made = new Case().durable(1);
    expect(made.disk.rot(made.random, 'program/p9')).toBeUndefined();
    expect(made.disk.rot(made.random, 'elsewhere/p1')).toBeUndefined();
    expect(new Case().disk.rot(seedRandom(1))).toBeUndefined();
    expect(made.disk.damage).toEqual([]);
  });

  test('is gone once the record is overwritten or deleted', () => {
    for (const value of [7, undefined]) {
      const made = new Case().durable(2);
      made.disk.rot(made.random, 'program/p1');
      made.disk.rot(made.random, 'data/d1');
      made.write({ space: 'program', key: 'p1', value });
      expect(made.disk.damage).toHaveLength(2);
      made.sync();
      expect(made.disk.damage).toEqual([{ space: 'data', key: 'd1' }]);
    }
  });

  test('stays with its record when data and incoming data are swapped', () => {
    const made = new Case().durable(1);
    made.write(put('incoming', 'i', 1));
    made.sync();
    made.disk.rot(made.random, 'incoming/i');
    made.disk.rot(made.random, 'data/d1');
    made.write({ swap: true });
    made.sync();
    expect(made.disk.damage.map(recordName)).toEqual(['data/i', 'incoming/d1']);
  });
});

test('a wiped disk is empty, without damage and unsynced writes, and works again', () => {
  const made = new Case().durable(2);
  made.write();
  made.disk.rot(made.random);
  made.disk.crash(made.random, 'kept');
  made.disk.wipe();
  expect(made.keys('program')).toEqual([]);
  expect(made.keys('data')).toEqual([]);
  expect(made.disk.damage).toEqual([]);
  made.durable(1);
  made.disk.crash(made.random);
  expect(made.keys('program')).toEqual(['p4']);
});

describe('a repair', () => {
  const damaged = () => {
    const made = new Case().durable(3);
    made.disk.rot(made.random, 'program/p2');
    made.disk.crash(made.random);
    return made;
  };

  test('knows what can be read and what cannot, and leaves a disk without damage', () => {
    const made = damaged();
    const done = made.disk.repair((disk: Disk, damage) => {
      expect(damage).toEqual([{ space: 'program', key: 'p2' }]);
      expect(disk.program.get('p2')).toBeUndefined();
      expect(disk.program.get('p1')).toBe(1);
      disk.program.delete('p3');
      return 'dropped p3';
    });
    expect(done).toBe('dropped p3');
    expect(made.disk.damage).toEqual([]);
    expect(made.keys('program')).toEqual(['p1']);
    made.disk.crash(made.random);
    expect(made.keys('program')).toEqual(['p1']);
  });

  test('that throws has changed nothing', () => {
    const made = damaged();
    const refuse = (disk: Disk) => {
      disk.program.delete('p1');
      throw new Error('not safe');
    };
    expect(() => made.disk.repair(refuse)).toThrow('not safe');
    expect(made.keys('program')).toEqual(['p1', 'p3']);
    expect(made.disk.damage).toHaveLength(1);
  });
});

describe('a full disk', () => {
  const full: DiskSettings = { syncUs: [5, 9], full: true };
  const free: DiskSettings = { syncUs: [5, 9] };

  test('makes nothing durable, and all waiting writes once there is space', () => {
    const made = new Case().durable(1);
    expect(made.disk.change(full, made.random)).toBeUndefined();
    expect(made.write()).toBeUndefined();
    expect(made.write()).toBeUndefined();
    expect(made.disk.durableBatch).toBe(1);
    expect(made.disk.change(free, made.random)).toBeGreaterThanOrEqual(5);
    expect(made.sync()).toBeUndefined();
    expect(made.disk.durableBatch).toBe(3);
  });

  test('makes the current sync fail and be retried', () => {
    const made = new Case();
    expect(made.write()).toBeGreaterThanOrEqual(5);
    made.disk.change(full, made.random);
    expect(made.sync()).toBeUndefined();
    expect(made.disk.durableBatch).toBe(0);
    expect(made.disk.change(free, made.random)).toBeGreaterThanOrEqual(5);
    // One sync at a time, also where there is space again before it has failed.
    made.disk.change(full, made.random);
    expect(made.disk.change(free, made.random)).toBeUndefined();
    made.sync();
    expect(made.disk.durableBatch).toBe(1);
  });

  test('loses unsynced writes in a crash, whatever the crash says', () => {
    for (const unsynced of ['draw', 'kept', 'torn'] as const) {
      const made = new Case().durable(1);
      made.disk.change(full, made.random);
      made.write();
      made.disk.crash(made.random, unsynced);
      expect(made.keys('program')).toEqual(['p1']);
      expect(made.disk.damage).toEqual([]);
    }
  });
});

describe('lazy data', () => {
  /** How many durable batches had their data lost, in crashes of many seeds. */
  const lostData = (settings: Partial<DiskSettings>, unsynced: 'draw' | 'lost' | 'kept') =>
    new Set(
      Array.from({ length: 60 }, (_, seed) => {
        const made = new Case(seed, settings).durable(4);
        made.disk.crash(made.random, unsynced);
        expect(made.keys('program')).toHaveLength(4);
        const data = made.keys('data');
        // From the front and without holes, as the state of a machine must be.
        expect(data).toEqual(['d1', 'd2', 'd3', 'd4'].slice(0, data.length));
        return 4 - data.length;
      }),
    );

  test('is lost in a crash back to a random flush', () => {
    expect(lostData({}, 'draw')).toEqual(new Set([0]));
    expect(lostData({ lazyData: true }, 'draw')).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(lostData({ lazyData: true }, 'lost')).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(lostData({ lazyData: true }, 'kept')).toEqual(new Set([0]));
  });

  test("is durable before anything of the program's is deleted, or new data installed", () => {
    for (const write of [{ space: 'program', key: 'p1', value: undefined }, { swap: true }] as Write[]) {
      for (let seed = 0; seed < 20; seed++) {
        const made = new Case(seed, { lazyData: true }).durable(2);
        made.write(write);
        made.sync();
        made.durable(1);
        made.disk.crash(made.random, 'lost');
        const data = [...made.keys('data'), ...made.keys('incoming')];
        expect(data).toEqual(expect.arrayContaining(['d1', 'd2', 'd3']));
      }
    }
  });

  test('is flushed when the disk stops being lazy', () => {
    const made = new Case(1, { lazyData: true }).durable(3);
    made.disk.change({ syncUs: [5, 9] }, made.random);
    made.disk.crash(made.random, 'lost');
    expect(made.keys('data')).toEqual(['d1', 'd2', 'd3']);
  });

  test('is consistent after any crash: whole batches, and never ahead of the program', () => {
    const step = fc.constantFrom('write', 'delete', 'sync', 'full', 'free', 'eager', 'lazy');
    const how = fc.constantFrom('draw' as const, 'lost' as const, 'kept' as const, 'torn' as const);
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 20 }), how, (seed, script, unsynced) => {
        const made = new Case(seed, { lazyData: true });
        const { disk, random } = made;
        let deleted = 0;
        let written = 0;
        for (const one of script) {
          const { settings } = disk;
          if (one === 'write' && ++written) made.write();
          else if (one === 'delete' && ++written) {
            made.write({ space: 'program', key: `p${++deleted}`, value: undefined });
          } else if (one === 'sync') made.sync();
          else if (one === 'full' || one === 'free')
            disk.change({ ...settings, full: one === 'full' }, random);
          else if (one === 'eager' || one === 'lazy') {
            disk.change({ ...settings, lazyData: one === 'lazy' }, random);
          }
        }
        disk.crash(random, unsynced);
        const number = (key: string) => Number(key.slice(1));
        const data = made
          .keys('data')
          .map(number)
          .sort((a, b) => a - b);
        const records = made
          .keys('program')
          .map(number)
          .sort((a, b) => a - b);
        const end = disk.damage.length > 0 && disk.damage[0]!.space === 'program' ? 1 : 0;
        expect(data).toEqual(data.map((_, i) => i + 1));
        expect(data.length).toBeLessThanOrEqual(Math.max(0, ...records, deleted) + end);
        // What the program's records could not rebuild any more is there: the data before the first
        // of them.
        if (records.length > 0) expect(data.length).toBeGreaterThanOrEqual(records[0]! - 1 - end);
        expect(written).toBeGreaterThanOrEqual(data.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('a clone has the same damage, space and lazy data, and is independent', () => {
  const made = new Case(1, { lazyData: true }).durable(2);
  made.disk.rot(made.random, 'program/p1');
  made.disk.change({ ...made.disk.settings, full: true }, made.random);
  made.write();
  const copy = made.disk.clone();
  expect(copy.damage).toEqual(made.disk.damage);
  expect(copy.settings).toEqual(made.disk.settings);
  copy.change({ syncUs: [5, 9], lazyData: true }, seedRandom(1));
  copy.synced(seedRandom(1));
  copy.change({ syncUs: [5, 9] }, seedRandom(1));
  copy.crash(seedRandom(1));
  expect([...copy.current.data.range('', 'e')].map(([key]) => key)).toEqual(['d1', 'd2', 'd3']);
  made.disk.crash(made.random, 'kept');
  expect(made.keys('program')).toEqual(['p2']);
});
