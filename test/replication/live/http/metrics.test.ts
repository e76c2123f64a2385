/** What a real cluster tells operators over plain HTTP. */
import { request } from 'node:http';
import { DURATIONS, READINGS } from '../../../../replication/live/http/metrics.ts';
import {
  type KeyValueCommand,
  keyValueMachine,
  type LocalCluster,
  startLocal,
} from '../../../../replication/live/index.ts';
import { removeTemporary, temporaryFolder } from '../../../logs/temporary.ts';
import { until } from '../../../support/live-cluster.ts';

let cluster: LocalCluster<KeyValueCommand, unknown, unknown, unknown>;
const data = temporaryFolder();

beforeAll(async () => {
  cluster = (await startLocal({ machine: keyValueMachine, data })) as never;
  const leader = await cluster.leader();
  for (let i = 0; i < 20; i++) await leader.submit({ type: 'put', key: `k${i}`, value: i });
});

afterAll(async () => {
  await cluster.stop();
  removeTemporary();
});

function url(id: string, path: string): string {
  return `${cluster.addresses.find((one) => one.id === id)!.url}${path}`;
}

/** The metrics of a replica by name and labels, as a scraper reads them. */
async function scrape(id: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(url(id, '/metrics'));
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, value] = /^(tickraft_[\w]+(?:\{.*\})?) (\S+)$/.exec(line)!;
      return [name!, Number(value)] as const;
    }),
  );
}

async function leaderId(): Promise<string> {
  return (await cluster.leader()).status().id;
}

test('every metric of the table is told by the leader, with its help and its type', async () => {
  const text = await (await fetch(url(await leaderId(), '/metrics'))).text();
  for (const { name, type, help } of READINGS)
    expect(text).toContain(`# HELP tickraft_${name} ${help}\n# TYPE tickraft_${name} ${type}\n`);
  for (const { name } of DURATIONS) expect(text).toContain(`# TYPE tickraft_${name} histogram`);
  expect(READINGS.map(({ name }) => name).filter((name) => !text.includes(`\ntickraft_${name}`))).toEqual([]);
});

test('the numbers are those of the replica', async () => {
  const leader = await cluster.leader();
  const { id, term } = leader.status();
  const seen = await scrape(id);
  expect(seen.get('tickraft_is_leader')).toBe(1);
  expect(seen.get('tickraft_has_leader')).toBe(1);
  expect(seen.get('tickraft_term')).toBe(term);
  expect(seen.get('tickraft_proposals_committed_total')).toBeGreaterThanOrEqual(20);
  expect(seen.get('tickraft_proposals_pending')).toBe(0);
  expect(seen.get('tickraft_proposals_failed_total')).toBe(0);
  expect(seen.get('tickraft_leader_changes_total')).toBeGreaterThanOrEqual(1);
  expect(seen.get('tickraft_election_seconds_count')).toBeGreaterThanOrEqual(1);
  expect(seen.get('tickraft_disk_sync_seconds_count')).toBeGreaterThan(10);
  expect(seen.get('tickraft_log_entries')).toBe(leader.status().lastIndex);
  expect(seen.get('tickraft_event_loop_utilization')).toBeGreaterThan(0);
  expect(seen.get('tickraft_members{role="voter"}')).toBe(3);
  expect(seen.get('tickraft_members{role="learner"}')).toBe(0);
  expect([seen.get('tickraft_is_learner'), seen.get('tickraft_config_joint')]).toEqual([0, 0]);
  expect(seen.get('tickraft_config_index')).toBeGreaterThanOrEqual(0);
  expect(seen.get('tickraft_failure_tolerance')).toBe(1);
  for (const peer of ['r1', 'r2', 'r3'].filter((other) => other !== id)) {
    expect(seen.get(`tickraft_peer_sent_bytes_total{peer="${peer}"}`)).toBeGreaterThan(1_000);
    expect((await scrape(peer)).get('tickraft_is_leader')).toBe(0);
    // Only a leader can tell how the others are.
    expect([...(await scrape(peer)).keys()].filter((name) => /tolerance|member_/.test(name))).toEqual([]);
  }
});

test('a failed command is counted', async () => {
  const leader = await cluster.leader();
  const { id } = leader.status();
  await expect(
    leader.submit({ type: 'put', key: 'x', value: 1 }, { session: 'zz-none', sequence: 1, acknowledged: 1 }),
  ).rejects.toMatchObject({ code: 'SessionExpired' });
  expect((await scrape(id)).get('tickraft_proposals_failed_total')).toBe(1);
});

test('round trips to each peer are measured', async () => {
  const id = await leaderId();
  const peers = ['r1', 'r2', 'r3'].filter((other) => other !== id);
  const count = (seen: ReadonlyMap<string, number>, peer: string) =>
    seen.get(`tickraft_peer_round_trip_seconds_count{peer="${peer}"}`) ?? 0;
  await until(async () => {
    const seen = await scrape(id);
    return peers.every((peer) => count(seen, peer) > 0) || undefined;
  });
});

test('a check names what fails, and readiness is lost and found with the leader', async () => {
  const get = async (id: string, path: string) => {
    const response = await fetch(url(id, path));
    return [response.status, await response.text()] as const;
  };
  const id = await leaderId();
  expect(await get(id, '/livez')).toEqual([200, 'ok\n']);
  expect(await get(id, '/readyz')).toEqual([200, 'ready\n']);
  expect(await get(id, '/readyz?verbose')).toEqual([
    200,
    '[+]leader ok\n[+]applied ok\n[+]recovered ok\n[+]not-learning ok\n[+]disk ok\n[+]not-draining ok\nready\n',
  ]);
  const [one, other] = ['r1', 'r2', 'r3'].filter((peer) => peer !== id) as [string, string];
  await cluster.kill(one);
  await until(async () => ((await scrape(id)).get('tickraft_failure_tolerance') === 0 ? true : undefined));
  expect((await scrape(id)).get(`tickraft_member_healthy{member="${one}"}`)).toBe(0);
  await cluster.kill(other);
  await until(async () => ((await get(id, '/readyz'))[0] === 503 ? true : undefined));
  expect(await get(id, '/readyz?verbose')).toEqual([
    503,
    '[-]leader failed: no leader is known\n[+]applied ok\n[+]recovered ok\n[+]not-learning ok\n[+]disk ok\n[+]not-draining ok\nnot ready\n',
  ]);
  expect((await get(id, '/livez'))[0]).toBe(200);
  expect((await scrape(id)).get('tickraft_has_leader')).toBe(0);
  await cluster.restart(one);
  await cluster.restart(other);
  await until(async () => ((await get(id, '/readyz'))[0] === 200 ? true : undefined));
});

describe('the doors', () => {
  const ask = (path: string, method: string, headers: Record<string, string> = {}) =>
    new Promise<{ code: number; body: string }>((resolve, reject) => {
      const asked = request(url('r1', path), { method, headers }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ code: response.statusCode!, body }));
      });
      asked.on('error', reject);
      asked.end();
    });

  test.each(['/metrics', '/livez', '/readyz'])(
    '%s takes GET and HEAD only, under known names',
    async (path) => {
      expect(await ask(path, 'HEAD')).toEqual({ code: 200, body: '' });
      expect((await ask(path, 'POST')).code).toBe(405);
      expect((await ask(path, 'GET', { host: 'elsewhere.example' })).code).toBe(421);
    },
  );

  test('anything else is not found', async () => {
    expect((await ask('/nothing', 'GET')).code).toBe(404);
    expect((await ask('/constructor', 'GET')).code).toBe(404);
  });
});
