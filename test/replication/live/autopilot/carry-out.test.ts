/**
 * Carrying decisions out: what is begun twice happens once, and nothing is added that was not
 * started.
 */
import { carryOut, freeId } from '../../../../replication/live/autopilot/carry-out.ts';
import { sampleIn } from '../../../../replication/live/autopilot/loads.ts';
import type { Provisioned, ReplicaSpec } from '../../../../replication/ops/provisioner/index.ts';
import type { ChangeMembers } from '../../../../replication/protocol.ts';

const MEMBERS = ['r1', 'r2', 'r3'].map((id, i) => ({ id, url: `http://127.0.0.1:${i + 1}` }));
const REPLACE = { class: 'replace', do: 'start', want: 'voter', zone: 'c', instead: 'r3' } as const;

/** A cluster that notes what it is asked for. */
class Recorder {
  readonly started: ReplicaSpec[] = [];
  readonly stopped: string[] = [];
  readonly changes: Omit<ChangeMembers, 'type'>[] = [];
  listed: Provisioned[] = [];
  refuses = false;
  isCurrent = true;
  url: string | undefined = 'http://127.0.0.1:9';

  carryOut(action: Parameters<typeof carryOut>[0], canStart = true): Promise<string> {
    const provisioner = {
      start: async (spec: ReplicaSpec) => {
        if (this.listed.some(({ plan }) => plan === spec.plan)) return;
        this.started.push(spec);
        const { plan, id } = spec;
        this.listed.push({ plan, id, isRunning: true, ...(this.url !== undefined && { url: this.url }) });
      },
      stop: async (id: string) => void this.stopped.push(id),
      list: async () => this.listed,
    };
    const decided = {
      cluster: 'abcdefgh-ijkl',
      config: 7,
      members: MEMBERS,
      isCurrent: () => this.isCurrent,
    };
    return carryOut(action, decided, {
      provisioner: canStart ? provisioner : undefined,
      transfer: async () => {},
      changeMembers: async (change) => {
        if (this.refuses) throw new Error('another change of the members is under way');
        this.changes.push(change);
      },
    });
  }
}

test('a dead voter is replaced in one change, by a replica that was started to join', async () => {
  const recorder = new Recorder();
  expect(await recorder.carryOut(REPLACE)).toBe('r4 takes the place of r3');
  const plan = 'abcdefgh-for-r3-7-1';
  expect(recorder.started).toEqual([{ plan, id: 'r4', zone: 'c', join: MEMBERS.map(({ url }) => url) }]);
  const address = { id: 'r4', url: 'http://127.0.0.1:9', zone: 'c' };
  expect(recorder.changes).toEqual([
    { changes: [{ do: 'replace', id: 'r3', with: address }], ifConfig: 7, by: 'autopilot', plan },
  ]);
});

test('a start whose change was refused, or whose leader died, is gone on with and not begun again', async () => {
  const recorder = new Recorder();
  recorder.refuses = true;
  await expect(recorder.carryOut(REPLACE)).rejects.toThrow('another change');
  recorder.refuses = false;
  expect(await recorder.carryOut(REPLACE)).toBe('r4 takes the place of r3');
  expect(recorder.started).toHaveLength(1);
});

test('a replica that ended before it was added is not waited for: the next start has another plan and name', async () => {
  const recorder = new Recorder();
  recorder.listed = [{ plan: 'abcdefgh-for-r3-7-1', id: 'r4', isRunning: false, url: 'http://127.0.0.1:8' }];
  expect(await recorder.carryOut(REPLACE)).toBe('r5 takes the place of r3');
  expect(recorder.started.map(({ plan }) => plan)).toEqual(['abcdefgh-for-r3-7-2']);
});

test('what was started for something else is left alone', async () => {
  const recorder = new Recorder();
  recorder.listed = [{ plan: 'abcdefgh-for-r2-5-1', id: 'r9', isRunning: true, url: 'http://127.0.0.1:8' }];
  expect(await recorder.carryOut(REPLACE)).toBe('r10 takes the place of r3');
});

test('a leader that was replaced meanwhile changes nothing', async () => {
  const recorder = new Recorder();
  recorder.isCurrent = false;
  await expect(recorder.carryOut(REPLACE)).rejects.toThrow('another replica leads by now');
  expect(recorder.changes).toEqual([]);
});

test('without a provisioner, or an address, it says so', async () => {
  const recorder = new Recorder();
  await expect(recorder.carryOut(REPLACE, false)).rejects.toThrow('there is nothing that starts replicas');
  recorder.url = undefined;
  await expect(recorder.carryOut(REPLACE)).rejects.toThrow('r4 was started, and its address is not known');
});

test('who is removed is stopped too; a surplus loses its votes in one change', async () => {
  const recorder = new Recorder();
  await recorder.carryOut({ class: 'scale', do: 'remove', id: 'r3' });
  await recorder.carryOut({ class: 'demote', do: 'demote', ids: ['r2', 'r3'] });
  expect(recorder.stopped).toEqual(['r3']);
  expect(recorder.changes.map(({ changes }) => changes)).toEqual([
    [{ do: 'remove', id: 'r3' }],
    [
      { do: 'demote', id: 'r2' },
      { do: 'demote', id: 'r3' },
    ],
  ]);
});

test('a free name is above all that are known', () => {
  expect(freeId(['r1', 'r12', 'east-1'])).toBe('r13');
  expect(freeId(['a', 'b'])).toBe('r1');
});

test('the load of a member is read from its metrics; what is not there is not known', () => {
  const text =
    '# HELP tickraft_clients x\n# TYPE tickraft_clients gauge\ntickraft_clients 7\ntickraft_reads_total 90\n';
  expect(sampleIn(text)).toEqual({ clients: 7, reads_total: 90 });
  expect(sampleIn('<html>')).toEqual({});
});
