/**
 * Replicas and data of other clusters, and replicas with different members: none of them may form a
 * second majority.
 */
import { until } from '../support/live-cluster.ts';
import { Members } from './members.ts';

let members: Members;
afterEach(() => members.close());

const LIMIT = 120_000;

/** More than two election timeouts: who could lead would by now. */
const LONG_ENOUGH_MS = 2_500;
const pass = () => new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS));

test(
  'a new cluster whose members are configured differently is not bootstrapped, neither half of it',
  async () => {
    members = await Members.on(5);
    const three = { r1: 0, r2: 1, r3: 2 };
    const five = { ...three, r4: 3, r5: 4 };
    const told = { r1: three, r2: three, r3: five, r4: five, r5: five };
    for (const [id, all] of Object.entries(told)) {
      const { [id as 'r1']: port, ...peers } = all;
      members.start({ id, port: port ?? five[id as 'r1'], peers });
    }
    const line =
      /r1 was started with the members r1=\S+,r2=\S+,r3=\S+, r3 with r1=\S+,r2=\S+,r3=\S+,r4=\S+,r5=\S+: start all with the same members/;
    await members.hears(0, line);
    await members.hears(2, line);
    await members.hears(3, /r[12] was started with the members/);
    await pass();
    for (const place of [0, 1, 2, 3, 4]) {
      const { role, commit } = await until(() => members.status(place));
      expect({ place, leads: role === 'leader', commit }).toEqual({ place, leads: false, commit: 0 });
    }
    // Told the same, they are one cluster, with all that they have.
    for (const place of [0, 1]) await members.end(place);
    for (const [id, place] of [
      ['r1', 0],
      ['r2', 1],
    ] as const) {
      const { [id]: _, ...peers } = five;
      members.start({ id, port: place, peers });
    }
    await members.leader(0, 1, 2, 3, 4);
  },
  LIMIT,
);

test(
  'data of another cluster under the right name: both sides say so, and it neither leads nor counts',
  async () => {
    members = await Members.on(6);
    members.cluster(0, 1, 2);
    members.cluster(3, 4, 5);
    const [one, other] = [await members.leader(0, 1, 2), await members.leader(3, 4, 5)];
    expect(one.cluster).not.toBe(other.cluster);
    await Promise.all([members.end(0), members.end(3)]);
    members.replace('0-r1', '3-r1');
    members.start({ id: 'r1', port: 0, peers: { r2: 1, r3: 2 }, data: '0-r1' });
    const short = (id: string | undefined) => id!.slice(0, 8);
    const line = new RegExp(
      `the data of r1 belongs to cluster ${short(other.cluster)}, that of r2 to cluster ${short(one.cluster)}`,
    );
    await members.hears(0, line);
    await members.hears(1, line);
    const now = await members.leader(1, 2);
    await pass();
    expect(await members.status(0)).toMatchObject({
      cluster: other.cluster,
      role: expect.not.stringMatching('leader'),
    });
    expect(await members.leader(1, 2)).toMatchObject({ id: now.id, term: now.term, cluster: one.cluster });
    // With an empty directory it is welcome, and learns.
    await members.end(0);
    members.start({ id: 'r1', port: 0, peers: { r2: 1, r3: 2 }, data: 'empty' });
    await members.leader(0, 1, 2);
  },
  LIMIT,
);

test(
  'a replica of a cluster that was made anew is refused by the new one',
  async () => {
    members = await Members.on(3);
    members.cluster(0, 1, 2);
    const old = await members.leader(0, 1, 2);
    for (const place of [0, 1, 2]) await members.end(place);
    members.start({ id: 'r2', port: 1, peers: { r1: 0, r3: 2 }, data: 'new-r2' });
    members.start({ id: 'r3', port: 2, peers: { r1: 0, r2: 1 }, data: 'new-r3' });
    const anew = await members.leader(1, 2);
    expect(anew.cluster).not.toBe(old.cluster);
    members.start({ id: 'r1', port: 0, peers: { r2: 1, r3: 2 }, data: '0-r1' });
    await members.hears(1, /the data of r1 belongs to cluster/);
    await members.hears(0, /the data of r1 belongs to cluster/);
    await pass();
    expect(await members.leader(1, 2)).toMatchObject({ id: anew.id, term: anew.term });
  },
  LIMIT,
);

test(
  'replicas that find one with data of an older cluster are not bootstrapped without it',
  async () => {
    members = await Members.on(3);
    members.cluster(0, 1, 2);
    const old = await members.leader(0, 1, 2);
    for (const place of [1, 2]) await members.end(place);
    // Two disks of three are lost at once: this must not look like a new cluster.
    members.start({ id: 'r2', port: 1, peers: { r1: 0, r3: 2 }, data: 'lost-r2' });
    members.start({ id: 'r3', port: 2, peers: { r1: 0, r2: 1 }, data: 'lost-r3' });
    for (const place of [1, 2]) {
      await until(async () => ((await members.status(place))?.recovery === 'recovering' ? true : undefined));
    }
    await pass();
    for (const place of [1, 2]) {
      const { recovery, role, commit, cluster = old.cluster } = await until(() => members.status(place));
      expect({ recovery, cluster }).toEqual({ recovery: 'recovering', cluster: old.cluster });
      expect(role).not.toBe('leader');
      // If the remaining one led, the others may know from it what was committed before.
      expect(commit).toBeLessThanOrEqual(old.commit);
    }
  },
  LIMIT,
);

test(
  'two clusters that were given ports of each other: no replica joins the other one',
  async () => {
    members = await Members.on(6);
    members.cluster(0, 1, 2);
    members.cluster(3, 4, 5);
    const [one, other] = [await members.leader(0, 1, 2), await members.leader(3, 4, 5)];
    // Their logs have the entry that says who the members are.
    for (const place of [2, 5]) {
      await until(async () => (((await members.status(place))?.applied ?? 0) > 0 ? true : undefined));
    }
    await Promise.all([members.end(2, 'SIGTERM'), members.end(5, 'SIGTERM')]);
    members.start({ id: 'r3', port: 5, peers: { r1: 0, r2: 1 }, data: '0-r3' });
    members.start({ id: 'r3', port: 2, peers: { r1: 3, r2: 4 }, data: '3-r3' });
    await members.hears(0, /r3 at \S+ refused the link: the data of r1 belongs to cluster/);
    await members.hears(
      5,
      /r3: started with the members \S+, but those of log entry 1 count: r1=\S+,r2=\S+,r3=\S+/,
    );
    await pass();
    expect(await members.leader(0, 1)).toMatchObject({ cluster: one.cluster });
    expect(await members.leader(3, 4)).toMatchObject({ cluster: other.cluster });
    for (const place of [2, 5]) expect((await members.status(place))!.role).not.toBe('leader');
  },
  LIMIT,
);

test(
  'a backup that was put back is recognized by those who have seen later starts',
  async () => {
    members = await Members.on(3);
    members.cluster(0, 1, 2);
    const { cluster } = await members.leader(0, 1, 2);
    const again = { id: 'r3', port: 2, peers: { r1: 0, r2: 1 }, data: '0-r3' };
    await members.end(2, 'SIGTERM');
    members.copy('0-r3', 'backup');
    members.start(again);
    await members.leader(0, 1, 2);
    await members.end(2, 'SIGTERM');
    members.replace('0-r3', 'backup');
    members.start(again);
    const line = /the data of r3 is an old copy: this is start 2 of it, and start 2 has been seen/;
    await members.hears(0, line);
    await members.hears(2, line);
    await members.end(2);
    members.start({ ...again, data: 'empty' });
    expect(await members.leader(0, 1, 2)).toMatchObject({ cluster });
  },
  LIMIT,
);
