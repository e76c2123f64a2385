/**
 * A majority that lost its data, and a new cluster by force of the one replica that is whole: real
 * sockets and disks, in one process.
 */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { lostFor } from '../../../replication/live/protocols/lost-majority.ts';
import { type RunningReplica, startReplica } from '../../../replication/live/start-replica.ts';
import { recoverByForce, survivorIn } from '../../../replication/ops/recover.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { belongingIn, writeBelonging } from '../../../vm/live/disk/data-directory.ts';
import { freePorts, until } from '../../support/live-cluster.ts';

const root = mkdtempSync(join(tmpdir(), 'tickraft-recover-'));
const stops = new Map<string, () => Promise<void>>();
const lines: string[] = [];

afterEach(stopAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function stopAll(): Promise<void> {
  await Promise.all([...stops.values()].map((stop) => stop()));
  stops.clear();
}

type Started = RunningReplica<
  { type: 'put'; key: string; value: number },
  unknown,
  { type: 'get'; key: string },
  unknown
>;

async function start(id: string, options: object): Promise<Started> {
  const replica = await startReplica({
    ...{ id, machine: keyValueMachine, data: join(root, id), replicas: [] },
    ...{ onNotice: (line: string) => void lines.push(line), onFailure: () => {} },
    ...options,
  });
  stops.set(id, () => replica.stop({ handOver: false }));
  return replica as unknown as Started;
}

const directory = join(root, 'r1');
const place = {
  protocol: createRaft(keyValueMachine),
  directory,
  owner: { id: 'r1', cluster: keyValueMachine.name },
};

test('of three, two lose their disks: the third says so, and becomes a new cluster with all its data', async () => {
  const first = await freePorts(5);
  const urlOf = (id: string) => `http://127.0.0.1:${first + Number(id.slice(1)) - 1}`;
  const replicas = ['r1', 'r2', 'r3'].map((id) => ({ id, url: urlOf(id) }));
  const startAll = () => Promise.all(replicas.map(({ id }) => start(id, { replicas })));

  const [one] = await startAll();
  for (let value = 1; value <= 20; value++) await one!.submit({ type: 'put', key: `k${value}`, value });
  await until(() => (new Set(replicas.map(() => one!.status().applied)).size === 1 ? true : undefined));
  const old = one!.status();
  // In use: nothing is done.
  await expect(survivorIn(place)).rejects.toThrow(/in use/);
  await stopAll();

  // r2 and r3 lose their disks; what r2 had turns up again later.
  renameSync(join(root, 'r2'), join(root, 'r2-old'));
  rmSync(join(root, 'r3'), { recursive: true });
  await startAll();
  const advice = await until(() => lines.find((line) => line.includes('no leader can be elected')));
  expect(advice).toBe(
    'r1: no leader can be elected: r2 and r3 lost the data, and the others are no majority; ' +
      'this replica is whole: if no other comes back, stop all and run ' +
      `npx tickraft recover --data ${directory} --id r1 --force-members r1=${urlOf('r1')}`,
  );
  await stopAll();

  await expect(
    survivorIn({ ...place, directory: join(root, 'r3'), owner: { ...place.owner, id: 'r3' } }),
  ).rejects.toThrow(/^r3 (has no data|has lost something)/);
  const found = await survivorIn(place);
  expect(found).toMatchObject({ voters: ['r1', 'r2', 'r3'], learners: [], cluster: old.cluster });
  expect(found.applied).toBeGreaterThanOrEqual(20);
  const members = ['r1', 'r4'].map((id) => ({ id, url: urlOf(id) }));
  const forced = { self: 'r1', members, clusterId: 'a-new-cluster' };

  // What fails leaves the old cluster, and so does what ends before the new data are in place.
  const twice = { ...forced, members: [members[0]!, { id: 'r4', url: urlOf('r1') }] };
  await expect(recoverByForce(place, twice)).rejects.toThrow('would be the address of two members');
  expect(belongingIn(directory, place.owner)!.clusterId).toBeUndefined();
  const still = await start('r1', { replicas });
  expect(still.status()).toMatchObject({
    cluster: old.cluster,
    configuration: { voters: ['r1', 'r2', 'r3'] },
  });
  await stopAll();

  await recoverByForce(place, forced);
  // As if it had ended before the last step: the id in the data counts.
  writeBelonging(directory, place.owner, {});
  const alone = await start('r1', { replicas: [replicas[0]!] });
  await until(() => (alone.status().role === 'leader' ? true : undefined));
  expect(alone.status()).toMatchObject({
    cluster: 'a-new-cluster',
    configuration: { voters: ['r1'], learners: ['r4'] },
  });
  await alone.submit({ type: 'put', key: 'after', value: 21 });

  // An old member comes back with its data, and is refused.
  await start('r2', { replicas, data: join(root, 'r2-old') });
  const refused = await until(() =>
    lines.find((line) => line.startsWith('r2: ') && line.includes('belongs to cluster a-new-cl')),
  );
  expect(refused).toContain(`that of r2 to cluster ${old.cluster!.slice(0, 8)}`);
  expect(alone.status().configuration!.voters).toEqual(['r1']);

  // A new one gets everything, and votes.
  const four = await start('r4', { replicas: [members[1]], join: [urlOf('r1')] });
  await until(() => (four.status().configuration!.voters.length === 2 ? true : undefined));
  expect(await four.read({ type: 'get', key: 'k20' })).toBe(20);
  expect(await four.read({ type: 'get', key: 'after' })).toBe(21);
}, 60_000);

test('a majority is lost only if those that may be whole are none', () => {
  const said = (lost: readonly string[]) => (id: string) => (lost.includes(id) ? 'recovering' : undefined);
  const five = ['r1', 'r2', 'r3', 'r4', 'r5'];
  expect(lostFor([five], said([]))).toBeUndefined();
  expect(lostFor([five], said(['r4', 'r5']))).toBeUndefined();
  expect(lostFor([five], said(['r3', 'r4', 'r5']))).toEqual(['r3', 'r4', 'r5']);
  // While two configurations hold at once, either half may be the one that is lost.
  expect(lostFor([['r1', 'r2', 'r3'], five], said(['r2', 'r3']))).toEqual(['r2', 'r3']);
});
