/** What replicas of other protocols than Raft refuse, and who is refused by them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  keyValueMachine,
  type RunningReplica,
  type StartOptions,
  startReplica,
} from '../../../replication/live/index.ts';
import { greetingHeaders } from '../../../vm/live/index.ts';
import { freePorts, until } from '../../support/live-cluster.ts';

type Options = StartOptions<
  Parameters<(typeof keyValueMachine)['apply']>[0],
  ReturnType<(typeof keyValueMachine)['apply']>,
  Parameters<(typeof keyValueMachine)['query']>[0],
  ReturnType<(typeof keyValueMachine)['query']>
>;

/** The greeting of a client without a secret. */
const GREETING = greetingHeaders({});

let data: string;
const running: Pick<RunningReplica<never, unknown, never, unknown>, 'stop'>[] = [];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'tickraft-protocols-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((replica) => replica.stop()));
  rmSync(data, { recursive: true, force: true });
});

async function addresses(count: number) {
  const port = await freePorts(count);
  return Array.from({ length: count }, (_, i) => ({ id: `r${i + 1}`, url: `http://127.0.0.1:${port + i}` }));
}

async function start(options: Pick<Options, 'id' | 'replicas'> & Partial<Options>) {
  const replica = await startReplica({ machine: keyValueMachine, onNotice: () => {}, ...options });
  running.push(replica);
  return replica;
}

test('a replica of another protocol is refused at the door, in one line on both sides', async () => {
  const replicas = await addresses(2);
  const said: Record<string, string[]> = { r1: [], r2: [] };
  await start({ id: 'r1', replicas, onNotice: (line) => said.r1!.push(line) });
  await start({ id: 'r2', replicas, protocol: 'nwr', onNotice: (line) => said.r2!.push(line) });
  const why = 'r1 belongs to key-value, r2 to key-value (nwr)';
  for (const lines of Object.values(said))
    await until(() => lines.some((line) => line.includes(why) && !line.includes('\n')) || undefined);
});

test('data of another protocol, or of other members, is refused in one line', async () => {
  const replicas = await addresses(2);
  const [self] = replicas;
  await start({ id: 'r1', replicas, data, protocol: 'lowest-port' });
  await running.pop()!.stop();
  await expect(start({ id: 'r1', replicas, data, protocol: 'nwr' })).rejects.toMatchObject({
    code: 'DataForeign',
    message: expect.stringMatching(
      /the data of r1 of key-value \(lowest-port\), not of r1 of key-value \(nwr\)$/,
    ),
  });
  await expect(start({ id: 'r1', replicas: [self!], data, protocol: 'lowest-port' })).rejects.toMatchObject({
    code: 'DataForeign',
    message: expect.stringMatching(/a cluster of other members/),
  });
});

test.each<[Partial<Options>, string]>([
  [{ protocol: 'nwr', settings: { ack: 'majority' } }, 'ack is no setting of nwr'],
  [{ settings: { quorum: '3/2/2' } }, 'quorum is no setting of raft'],
  [
    { protocol: 'nwr', settings: { quorum: '3/4/1' } },
    'quorum must be N/W/R such as 3/2/2, with W and R from 1 to N',
  ],
  [{ protocol: 'primary-backup', timing: { leaseMs: 500 } }, 'primary-backup: it has no leases'],
  [{ protocol: 'nwr', timing: { heartbeatMs: 50 } }, 'nwr: it has no elections and no heartbeats'],
  [
    { protocol: 'lowest-port', join: ['http://127.0.0.1:1'] },
    'lowest-port: it cannot change its members: they are those that it was started with',
  ],
  [{ protocol: 'paxos' as 'raft' }, 'there is no protocol paxos'],
])('%j is refused before anything is started', async (options, message) => {
  const replicas = [{ id: 'r1', url: 'http://127.0.0.1:1' }];
  await expect(start({ id: 'r1', replicas, ...options })).rejects.toMatchObject({
    code: 'Rejected',
    message,
  });
});

test.each(['primary-backup', 'lowest-port', 'nwr'] as const)(
  'what %s cannot do is rejected, with why',
  async (protocol) => {
    const replicas = await addresses(1);
    const replica = await start({ id: 'r1', replicas, protocol });
    expect(await replica.submit({ type: 'put', key: 'x', value: 1 })).toMatchObject({ done: true });
    const post = async (action: string, body?: object) => {
      const init = { method: 'POST', ...(body && { body: JSON.stringify(body) }), headers: GREETING };
      const response = await fetch(`${replicas[0]!.url}/admin/${action}`, init);
      return [response.status, ((await response.json()) as { error: string }).error];
    };
    expect(await post('drain')).toEqual([503, expect.stringMatching(/hand/)]);
    expect(await post('change-members', { changes: [{ do: 'remove', id: 'r1' }] })).toEqual([
      503,
      expect.stringMatching(/cannot change its members/),
    ]);
    expect(await post('autopilot')).toEqual([503, expect.stringMatching(/no autopilot/)]);
    expect(await post('set-autopilot', { paused: false })).toEqual([
      503,
      expect.stringMatching(/no autopilot/),
    ]);
    expect(await post('backup')).toEqual([503, expect.stringMatching(/cannot be backed up/)]);
    await expect(replica.read({ type: 'get', key: 'x' }, { consistency: 'lease' })).rejects.toMatchObject({
      code: 'Rejected',
    });
  },
);
